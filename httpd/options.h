/* How the daemon is to run: the command line, the environment, oat-httpd.yaml, in this order of strength. */
#ifndef OAT_HTTPD_OPTIONS_H
#define OAT_HTTPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/name.h"
#include "compactor/retain.h"
#include "httpd/address.h"
#include "httpd/log.h"
#include "ingest/arena.h"

#define OAT_PORT          8787
#define OAT_NAME_LIST_MAX 16u
#define OAT_PROJECTS_MAX  64u
#define OAT_SETTINGS_MAX  32u

enum oat_setting_source { OAT_FROM_DEFAULT, OAT_FROM_FILE, OAT_FROM_ENVIRONMENT, OAT_FROM_COMMAND_LINE };

struct oat_name_list {
    const char *all[OAT_NAME_LIST_MAX];
    size_t count;
};

struct oat_addresses {
    struct oat_address all[OAT_LISTEN_MAX];
    size_t count;
    bool is_default; /* not asked for: one that cannot be had is then no error */
};

struct oat_project_options {
    char name[OAT_NAME_SIZE];
    const char *dir;
    struct oat_retention retention;
    double ingest_spans_per_s; /* 0: no limit */
};

/* Texts are owned by it. */
struct oat_options {
    const char *dir; /* of the default project */
    struct oat_addresses listen, otlp_http, otlp_grpc;
    bool ack_process;   /* what clients send is answered for when it is in the files */
    const char *tokens; /* NULL: "tokens" in dir */
    struct oat_name_list allow_host, allow_origin;
    const char *alerts;             /* the file; NULL: where it usually is */
    const char *tls_cert, *tls_key; /* both or none */
    bool insecure_plaintext;        /* other addresses than loopback without TLS */
    double requests_per_s;          /* of a client; 0: as many as it likes */
    uint64_t query_timeout_ns;      /* 0: none */
    bool no_compact;
    enum oat_log_level log_level;

    struct oat_project_options projects[OAT_PROJECTS_MAX]; /* the default one first */
    size_t project_count;

    bool check_config, help, version;
    const char *config; /* the file that was read; NULL: none */
    enum oat_setting_source sources[OAT_SETTINGS_MAX];
    struct oat_arena texts;
};

/* Reads argv, the environment and the file that --config or OAT_HTTPD_CONFIG names. False: *ret_error says
 * what is wrong. Either way oat_options_free. argv is reordered; not for several threads. */
bool oat_options_parse(int argc, char **argv, struct oat_options *ret, char *ret_error, size_t error_size);
void oat_options_free(struct oat_options *options);

/* Prints what is set and where that is from, on stdout. */
void oat_options_print(const struct oat_options *options);

extern const char oat_options_usage[];

#endif
