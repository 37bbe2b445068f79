/* alerts.yaml: rules that the daemon watches, and whom it tells. docs/alerts.md has the form. Unknown keys
 * and keys given twice are refused, as is a rule that no query could answer. */
#ifndef OAT_HTTPD_ALERT_RULES_H
#define OAT_HTTPD_ALERT_RULES_H

#include "access/name.h"
#include "httpd/options.h"

#define OAT_ALERTS_NAME         "alerts.yaml"
#define OAT_ALERT_RULES_MAX     256u
#define OAT_ALERT_WEBHOOKS_MAX  16u
#define OAT_WEBHOOK_HEADERS_MAX 8u
#define OAT_ALERT_GROUPS_MAX    4u
#define OAT_ALERT_WINDOW_MAX_NS (UINT64_C(32 * 86400) * 1000000000u)

/* Since when spans count. */
enum oat_alert_window {
    OAT_WINDOW_ROLLING, /* the last window_ns */
    OAT_WINDOW_DAY,     /* midnight, UTC */
    OAT_WINDOW_MONTH,   /* the first of the month, UTC */
};

/* What a value that is not there means. */
enum oat_alert_no_data { OAT_NO_DATA_RESOLVE, OAT_NO_DATA_FIRE, OAT_NO_DATA_KEEP };

struct oat_webhook_options {
    char name[OAT_NAME_SIZE];
    const char *url;
    const char *headers[OAT_WEBHOOK_HEADERS_MAX]; /* "Name: value" */
    size_t header_count;
};

/* Texts are owned by the rules it is of. */
struct oat_alert_rule {
    char name[OAT_NAME_SIZE], project[OAT_NAME_SIZE];
    const char *filter; /* "": every span; parsed anew each time, since it may tell of now */
    const char *aggregate;
    const char *by[OAT_ALERT_GROUPS_MAX];
    size_t by_count;
    enum oat_alert_window window;
    uint64_t window_ns; /* of a rolling one */
    bool is_below;      /* it is bad to be below the threshold; else above */
    double threshold, resolve;
    const char *unit; /* of these: "ms", "USD" ...; NULL: none. Static storage */
    uint64_t for_ns, every_ns;
    enum oat_alert_no_data no_data;
    unsigned webhooks; /* a bit for each of the file's */
    const char *yaml;  /* as it stands in the file, cut when it is long, */
    size_t line;       /* and where: from 1 */
};

/* Zero-initialise. */
struct oat_alert_rules {
    struct oat_alert_rule *all;
    size_t count;
    struct oat_webhook_options webhooks[OAT_ALERT_WEBHOOKS_MAX];
    size_t webhook_count;
    struct oat_arena texts;
};

/* Where the rules are: options->alerts, or an alerts.yaml beside the file of settings, else in the store.
 * NULL: there are none. The caller's: free(). */
char *oat_alert_rules_path(const struct oat_options *options);

/* Reads that file, if there is one. False: *ret_error says what is wrong, with file, line and column. Either
 * way oat_alert_rules_free. */
bool oat_alert_rules_read(const struct oat_options *options, struct oat_alert_rules *ret, char *ret_error,
                          size_t error_size);

/* As above, of a text. path: for errors. */
bool oat_alert_rules_read_text(const struct oat_options *options, const char *path, const char *text,
                               size_t len, struct oat_alert_rules *ret, char *ret_error, size_t error_size);
void oat_alert_rules_free(struct oat_alert_rules *rules);

#endif
