/* The command line of oat-httpd. */
#ifndef OAT_HTTPD_OPTIONS_H
#define OAT_HTTPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "httpd/address.h"
#include "httpd/log.h"

#define OAT_PORT      8787
#define OAT_NAMES_MAX 16u

struct oat_options {
    const char *dir; /* borrowed from argv or the environment */
    struct oat_address listen[OAT_LISTEN_MAX];
    size_t listen_count;
    bool listen_is_default; /* an address this machine lacks is then no error */
    struct oat_address otlp_http[OAT_LISTEN_MAX];
    size_t otlp_http_count;
    bool otlp_http_is_default; /* a port in use is then no error either */
    bool ack_process;          /* what clients send is answered for when it is in the files */
    enum oat_log_level log_level;
    const char *tokens; /* NULL: "tokens" in dir */
    const char *allow_host[OAT_NAMES_MAX], *allow_origin[OAT_NAMES_MAX];
    size_t allow_host_count, allow_origin_count;
    bool insecure_plaintext; /* other addresses than loopback without TLS */
    bool no_compact;
    bool check_config, help, version;
};

/* Reads argv. On false, *ret_error says what is wrong. Without --dir: OAT_DATA_DIR, else ".oat".
 * argv is reordered; not for several threads. */
bool oat_options_parse(int argc, char **argv, struct oat_options *ret, char *ret_error, size_t error_size);

extern const char oat_options_usage[];

#endif
