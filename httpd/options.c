#include "httpd/options.h"

#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/config_file.h"
#include "httpd/project.h"
#include "httpd/settings.h"
#include "writer/clock.h"

#define LABEL_SIZE  64
#define ENVIRONMENT "OAT_HTTPD_"
#define CONFIG_NAME "oat-httpd.yaml"

const char oat_options_usage[] =
    "Usage: oat-httpd [--dir DIR] [--listen ADDRESS:PORT]...\n"
    "Serves the traces in DIR over HTTP.\n"
    "\n"
    "  --config FILE          " CONFIG_NAME
    ", or the folder where it is; docs/configuration.md says what it may\n"
    "                         hold. The environment is stronger than it, options are stronger still\n"
    "  --dir DIR              the store (default: $OAT_DATA_DIR, else .oat)\n"
    "  --listen ADDRESS:PORT  where to listen, repeatable; port 0 takes a free one (default:\n"
    "                         127.0.0.1:8787 and [::1]:8787). Others than loopback need tokens\n"
    "  --otlp-http ADDRESS:PORT, --otlp-grpc ADDRESS:PORT\n"
    "                         where OpenTelemetry clients send to, besides; repeatable; \"off\": nowhere\n"
    "                         (default: ports 4318 and 4317 of 127.0.0.1 and [::1], as far as they are "
    "free)\n"
    "  --ack device|process   what is sent in is acknowledged when it is on the device, or when it\n"
    "                         survives this process (default: device)\n"
    "  --tokens FILE          who may do what (default: tokens in DIR; see oat token). Without the\n"
    "                         file everybody on this machine may do everything\n"
    "  --alerts FILE          rules to watch, and whom to tell (default: alerts.yaml beside the\n"
    "                         configuration, else in DIR)\n"
    "  --allow-host NAME      a further name that clients know this server by, repeatable\n"
    "  --allow-origin ORIGIN  a site whose pages may ask (https://traces.example), repeatable\n"
    "  --tls-cert FILE        listen with TLS only: the certificate, and those that vouch for it\n"
    "  --tls-key FILE         its private key\n"
    "  --insecure-plaintext   listen on other addresses than loopback without encryption\n"
    "  --requests-per-s N     of one client, or \"off\"; more get 429 (default: 10000)\n"
    "  --query-timeout TIME   how long a request that reads may take: 30s, 2m; off: as long as it takes\n"
    "                         (default: 30s)\n"
    "  --no-compact           leave the hot files to oat-compact\n"
    "  --log-level LEVEL      error, warn, info or debug (default: info)\n"
    "  --check-config         say what all of this means, and exit\n"
    "  --version, --help\n";

/* ---- The command line ---------------------------------------------------------------------------- */

enum option_number { SETTING = 256, CONFIG = SETTING + OAT_SETTINGS_MAX, CHECK_CONFIG, HELP, VERSION };

/* "tls_cert" as "--tls-cert" (prefix "--") or "OAT_HTTPD_TLS_CERT". */
static void spell(const char *prefix, const char *name, bool upper, char ret[LABEL_SIZE])
{
    snprintf(ret, LABEL_SIZE, "%s%s", prefix, name);
    for (char *at = ret + strlen(prefix); *at; at++)
        *at = upper ? (char)toupper((unsigned char)*at) : *at == '_' ? '-' : *at;
}

/* The options that getopt_long knows; names point into names. */
static void list_options(struct option *options, char (*names)[LABEL_SIZE])
{
    static const struct option others[] = {
        {"config", required_argument, NULL, CONFIG},
        {"check-config", no_argument, NULL, CHECK_CONFIG},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {0},
    };
    size_t count = oat_setting_count();
    for (size_t i = 0; i < count; i++) {
        spell("", oat_setting_name(i), false, names[i]);
        options[i] = (struct option){
            .name = names[i],
            .has_arg = oat_setting_is_switch(i) ? no_argument : required_argument,
            .val = SETTING + (int)i,
        };
    }
    memcpy(options + count, others, sizeof others);
}

static bool take_setting(struct oat_options *options, size_t setting, const char *value, char *ret_error,
                         size_t error_size)
{
    char label[LABEL_SIZE];
    spell("--", oat_setting_name(setting), false, label);
    return oat_setting_take(options, setting, OAT_FROM_COMMAND_LINE, value ? value : "true", NULL, label,
                            ret_error, error_size);
}

static bool take(int number, char **argv, struct oat_options *options, char *ret_error, size_t error_size)
{
    switch (number) {
    case CONFIG:
        options->config = oat_options_text(options, optarg);
        return true;
    case CHECK_CONFIG:
        options->check_config = true;
        return true;
    case HELP:
        options->help = true;
        return true;
    case VERSION:
        options->version = true;
        return true;
    case ':':
        snprintf(ret_error, error_size, "%.80s needs a value", argv[optind - 1]);
        return false;
    case '?':
        snprintf(ret_error, error_size, "unknown option %.80s", argv[optind - 1]);
        return false;
    default:
        return take_setting(options, (size_t)(number - SETTING), optarg, ret_error, error_size);
    }
}

static bool read_command_line(int argc, char **argv, struct oat_options *options, char *ret_error,
                              size_t error_size)
{
    struct option known[OAT_SETTINGS_MAX + 5];
    char names[OAT_SETTINGS_MAX][LABEL_SIZE];
    list_options(known, names);
    optind = 0; /* makes getopt_long start over */
    for (int number; (number = getopt_long(argc, argv, ":", known, NULL)) != -1;)
        if (!take(number, argv, options, ret_error, error_size))
            return false;
    if (optind == argc)
        return true;
    snprintf(ret_error, error_size, "unexpected argument \"%.80s\"", argv[optind]);
    return false;
}

/* ---- The environment ----------------------------------------------------------------------------- */

/* A list is parted by commas. */
static bool take_list(struct oat_options *options, size_t setting, const char *list, const char *label,
                      char *ret_error, size_t error_size)
{
    bool ok = true;
    char *rest = strdup(list), *all = rest;
    for (char *one; ok && (one = strsep(&rest, ",")) != NULL;)
        ok =
            oat_setting_take(options, setting, OAT_FROM_ENVIRONMENT, one, NULL, label, ret_error, error_size);
    free(all);
    return ok;
}

/* A variable that is empty is like none. */
static bool read_variable(struct oat_options *options, size_t setting, const char *variable, char *ret_error,
                          size_t error_size)
{
    const char *value = getenv(variable);
    if (!value || !*value)
        return true;
    if (oat_setting_is_list(setting))
        return take_list(options, setting, value, variable, ret_error, error_size);
    return oat_setting_take(options, setting, OAT_FROM_ENVIRONMENT, value, NULL, variable, ret_error,
                            error_size);
}

static bool read_environment(struct oat_options *options, char *ret_error, size_t error_size)
{
    char variable[LABEL_SIZE];
    for (size_t i = 0; i < oat_setting_count(); i++) {
        spell(ENVIRONMENT, oat_setting_name(i), true, variable);
        if (!read_variable(options, i, variable, ret_error, error_size))
            return false;
    }
    return getenv(ENVIRONMENT "DIR") ||
           read_variable(options, oat_setting_find("dir"), "OAT_DATA_DIR", ret_error, error_size);
}

/* ---- All of it ----------------------------------------------------------------------------------- */

static bool read_file(struct oat_options *options, char *ret_error, size_t error_size)
{
    const char *from_environment = getenv(ENVIRONMENT "CONFIG");
    if (!options->config && from_environment && *from_environment)
        options->config = oat_options_text(options, from_environment);
    return !options->config || oat_config_file_read(options, CONFIG_NAME, ret_error, error_size);
}

/* Of what nobody has set. */
static bool set_defaults(struct oat_options *options, char *ret_error, size_t error_size)
{
    static const struct {
        const char *name, *values[2];
    } defaults[] = {
        {"dir", {".oat"}},
        {"listen", {"127.0.0.1:8787", "[::1]:8787"}},
        {"otlp_grpc", {"127.0.0.1:4317", "[::1]:4317"}},
        {"otlp_http", {"127.0.0.1:4318", "[::1]:4318"}},
        {"log_level", {"info"}},
        {"requests_per_s", {"10000"}},
        {"query_timeout", {"30s"}},
    };
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        for (size_t j = 0; j < 2 && defaults[i].values[j]; j++)
            if (!oat_setting_take(options, oat_setting_find(defaults[i].name), OAT_FROM_DEFAULT,
                                  defaults[i].values[j], NULL, defaults[i].name, ret_error, error_size))
                return false;
    options->listen.is_default = options->sources[oat_setting_find("listen")] == OAT_FROM_DEFAULT;
    options->otlp_grpc.is_default = options->sources[oat_setting_find("otlp_grpc")] == OAT_FROM_DEFAULT;
    options->otlp_http.is_default = options->sources[oat_setting_find("otlp_http")] == OAT_FROM_DEFAULT;
    return true;
}

/* What one project holds must not be seen in another. */
static bool check_projects(const struct oat_options *options, char *ret_error, size_t error_size)
{
    for (size_t i = 0; i < options->project_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(options->projects[i].dir, options->projects[j].dir) == 0) {
                snprintf(ret_error, error_size, "projects %s and %s have the same dir: %.200s",
                         options->projects[j].name, options->projects[i].name, options->projects[i].dir);
                return false;
            }
    return true;
}

bool oat_options_parse(int argc, char **argv, struct oat_options *ret, char *ret_error, size_t error_size)
{
    *ret = (struct oat_options){.project_count = 1};
    strcpy(ret->projects[0].name, OAT_PROJECT_DEFAULT);
    if (!read_command_line(argc, argv, ret, ret_error, error_size) ||
        !read_environment(ret, ret_error, error_size) || !read_file(ret, ret_error, error_size) ||
        !set_defaults(ret, ret_error, error_size))
        return false;
    if (ret->projects[0].dir && ret->sources[oat_setting_find("dir")] == OAT_FROM_DEFAULT)
        ret->dir = ret->projects[0].dir;
    ret->projects[0].dir = ret->dir;
    if (!ret->tls_cert != !ret->tls_key) {
        snprintf(ret_error, error_size, "tls_cert and tls_key need each other");
        return false;
    }
    return check_projects(ret, ret_error, error_size);
}

void oat_options_free(struct oat_options *options)
{
    oat_arena_clear(&options->texts);
}

/* ---- Printing ------------------------------------------------------------------------------------ */

static void print_project(const struct oat_project_options *project)
{
    printf("project %-11s %s", project->name, project->dir);
    if (project->retention.keep_ns > 0)
        printf(", keeps %" PRIu64 " s", project->retention.keep_ns / OAT_NS_PER_S);
    if (project->retention.max_bytes > 0)
        printf(", at most %" PRIu64 " bytes", project->retention.max_bytes);
    if (project->ingest_spans_per_s > 0)
        printf(", takes %g spans/s", project->ingest_spans_per_s);
    putchar('\n');
}

void oat_options_print(const struct oat_options *options)
{
    if (options->config)
        printf("read %s\n", options->config);
    for (size_t i = 0; i < oat_setting_count(); i++)
        oat_setting_print(options, i);
    for (size_t i = 0; i < options->project_count; i++)
        print_project(&options->projects[i]);
    printf("configuration is good\n");
}
