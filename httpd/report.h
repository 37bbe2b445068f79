/* Fixed queries over the spans of a window, answered as objects. */
#ifndef OAT_HTTPD_REPORT_H
#define OAT_HTTPD_REPORT_H

#include "httpd/answer.h"
#include "httpd/view.h"
#include "httpd/window.h"

#define OAT_REPORT_NAMES_MAX 8u

/* Lists end at the first NULL. All of it is borrowed. */
struct oat_report {
    const oat_filter *filter; /* NULL: every span */
    struct oat_window window; /* every_ns > 0: rows begin with a time */
    const char *group_by[OAT_REPORT_NAMES_MAX];
    const char *aggregates[OAT_REPORT_NAMES_MAX];
    const char *sort[OAT_REPORT_NAMES_MAX];
    size_t limit; /* rows; 0: all */
};

/* Runs a report. *ret: NULL when there is no store, else the caller's to free. False: answered. */
bool oat_report_run(const struct oat_report *report, const struct oat_lease *lease, oat_query_result **ret,
                    struct oat_answer *answer);

/* Writes a list with an object for each row; names: what the columns are called in it, in their order. An
 * empty list for NULL. */
void oat_report_rows(struct oat_json *json, const oat_query_result *result, const char *const *names);

/* Writes the members from and to of the object that has been begun: seconds since 1970. */
void oat_report_window(struct oat_json *json, const struct oat_window *window);

/* Writes a member: a list of texts; texts end at the first NULL. */
void oat_report_texts(struct oat_json *json, const char *name, const char *const *texts);

#endif
