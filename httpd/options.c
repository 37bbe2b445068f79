#include "httpd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char oat_options_usage[] =
    "Usage: oat-httpd [--dir DIR] [--listen ADDRESS:PORT]... [OPTION]...\n"
    "Serves the traces in DIR over HTTP.\n"
    "\n"
    "  --dir DIR              the store (default: $OAT_DATA_DIR, else .oat)\n"
    "  --listen ADDRESS:PORT  where to listen, repeatable; port 0 takes a free one (default:\n"
    "                         127.0.0.1:8787 and [::1]:8787). Others than loopback need tokens\n"
    "  --otlp-http ADDRESS:PORT\n"
    "                         where OpenTelemetry clients send to, besides; repeatable; \"off\": nowhere\n"
    "                         (default: 127.0.0.1:4318 and [::1]:4318, as far as they are free)\n"
    "  --ack device|process   what is sent in is acknowledged when it is on the device, or when it\n"
    "                         survives this process (default: device)\n"
    "  --tokens FILE          who may do what (default: tokens in DIR; see oat token). Without the\n"
    "                         file everybody on this machine may do everything\n"
    "  --allow-host NAME      a further name that clients know this server by, repeatable\n"
    "  --allow-origin ORIGIN  a site whose pages may ask (https://traces.example), repeatable\n"
    "  --insecure-plaintext   listen on other addresses than loopback without encryption\n"
    "  --no-compact           leave the hot files to oat-compact\n"
    "  --log-level LEVEL      error, warn, info or debug (default: info)\n"
    "  --check-config         say what the options mean and exit\n"
    "  --version, --help\n";

enum option_number {
    DIR_OPTION = 256,
    LISTEN,
    OTLP_HTTP,
    ACK,
    LOG_LEVEL,
    TOKENS,
    ALLOW_HOST,
    ALLOW_ORIGIN,
    INSECURE_PLAINTEXT,
    NO_COMPACT,
    CHECK_CONFIG,
    HELP,
    VERSION,
    NOT_BUILT
};

/* Options of the finished daemon that are still to come are refused: who asks for tokens or TLS must
 * not get a server without. */
static const struct option long_options[] = {
    {"dir", required_argument, NULL, DIR_OPTION},
    {"listen", required_argument, NULL, LISTEN},
    {"otlp-http", required_argument, NULL, OTLP_HTTP},
    {"ack", required_argument, NULL, ACK},
    {"log-level", required_argument, NULL, LOG_LEVEL},
    {"no-compact", no_argument, NULL, NO_COMPACT},
    {"check-config", no_argument, NULL, CHECK_CONFIG},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {"otlp-grpc", required_argument, NULL, NOT_BUILT},
    {"config", required_argument, NULL, NOT_BUILT},
    {"tokens", required_argument, NULL, TOKENS},
    {"alerts", required_argument, NULL, NOT_BUILT},
    {"tls-cert", required_argument, NULL, NOT_BUILT},
    {"tls-key", required_argument, NULL, NOT_BUILT},
    {"allow-host", required_argument, NULL, ALLOW_HOST},
    {"allow-origin", required_argument, NULL, ALLOW_ORIGIN},
    {"insecure-plaintext", no_argument, NULL, INSECURE_PLAINTEXT},
    {0},
};

/* option: as it is called, for messages. */
static bool add_address(const char *option, const char *text, struct oat_address addresses[OAT_LISTEN_MAX],
                        size_t *count, char *ret_error, size_t error_size)
{
    char why[200];
    if (*count == OAT_LISTEN_MAX) {
        snprintf(ret_error, error_size, "%s is given more than %u times", option, OAT_LISTEN_MAX);
        return false;
    }
    if (!oat_address_parse(text, &addresses[*count], why, sizeof why)) {
        snprintf(ret_error, error_size, "%s %s", option, why);
        return false;
    }
    (*count)++;
    return true;
}

static bool add_listen(struct oat_options *options, const char *text, char *ret_error, size_t error_size)
{
    return add_address("--listen", text, options->listen, &options->listen_count, ret_error, error_size);
}

static bool add_otlp_http(struct oat_options *options, const char *text, char *ret_error, size_t error_size)
{
    options->otlp_http_is_default = false;
    return strcmp(text, "off") == 0 || add_address("--otlp-http", text, options->otlp_http,
                                                   &options->otlp_http_count, ret_error, error_size);
}

static bool set_defaults(struct oat_options *options, char *ret_error, size_t error_size)
{
    if (options->listen_count == 0) {
        options->listen_is_default = true;
        if (!add_listen(options, "127.0.0.1:8787", ret_error, error_size) ||
            !add_listen(options, "[::1]:8787", ret_error, error_size))
            return false;
    }
    if (!options->otlp_http_is_default)
        return true;
    bool ok = add_otlp_http(options, "127.0.0.1:4318", ret_error, error_size) &&
              add_otlp_http(options, "[::1]:4318", ret_error, error_size);
    options->otlp_http_is_default = true;
    return ok;
}

static bool set_ack(struct oat_options *options, const char *text, char *ret_error, size_t error_size)
{
    options->ack_process = strcmp(text, "process") == 0;
    if (options->ack_process || strcmp(text, "device") == 0)
        return true;
    snprintf(ret_error, error_size, "--ack \"%.40s\": expected device or process", text);
    return false;
}

static bool add_name(const char *option, const char *text, const char **names, size_t *count, char *ret_error,
                     size_t error_size)
{
    if (*count == OAT_NAMES_MAX) {
        snprintf(ret_error, error_size, "%s is given more than %u times", option, OAT_NAMES_MAX);
        return false;
    }
    names[(*count)++] = text;
    return true;
}

static bool take(int number, int index, char **argv, struct oat_options *options, char *ret_error,
                 size_t error_size)
{
    switch (number) {
    case DIR_OPTION:
        options->dir = optarg;
        return true;
    case LISTEN:
        return add_listen(options, optarg, ret_error, error_size);
    case OTLP_HTTP:
        return add_otlp_http(options, optarg, ret_error, error_size);
    case ACK:
        return set_ack(options, optarg, ret_error, error_size);
    case LOG_LEVEL:
        if (oat_log_level_parse(optarg, &options->log_level))
            return true;
        snprintf(ret_error, error_size, "--log-level \"%.40s\": expected error, warn, info or debug", optarg);
        return false;
    case TOKENS:
        options->tokens = optarg;
        return true;
    case ALLOW_HOST:
        return add_name("--allow-host", optarg, options->allow_host, &options->allow_host_count, ret_error,
                        error_size);
    case ALLOW_ORIGIN:
        return add_name("--allow-origin", optarg, options->allow_origin, &options->allow_origin_count,
                        ret_error, error_size);
    case INSECURE_PLAINTEXT:
        options->insecure_plaintext = true;
        return true;
    case NO_COMPACT:
        options->no_compact = true;
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
    case NOT_BUILT:
        snprintf(ret_error, error_size, "--%s is not built yet; this version would run without it",
                 long_options[index].name);
        return false;
    case ':':
        snprintf(ret_error, error_size, "%.80s needs a value", argv[optind - 1]);
        return false;
    default:
        snprintf(ret_error, error_size, "unknown option %.80s", argv[optind - 1]);
        return false;
    }
}

bool oat_options_parse(int argc, char **argv, struct oat_options *ret, char *ret_error, size_t error_size)
{
    const char *from_environment = getenv("OAT_DATA_DIR");
    struct oat_options options = {
        .dir = from_environment && *from_environment ? from_environment : ".oat",
        .log_level = OAT_LOG_INFO,
        .otlp_http_is_default = true,
    };
    int index = 0;

    optind = 0; /* makes getopt_long start over */
    for (int number; (number = getopt_long(argc, argv, ":", long_options, &index)) != -1;)
        if (!take(number, index, argv, &options, ret_error, error_size))
            return false;
    if (optind < argc) {
        snprintf(ret_error, error_size, "unexpected argument \"%.80s\"", argv[optind]);
        return false;
    }
    if (!set_defaults(&options, ret_error, error_size))
        return false;
    *ret = options;
    return true;
}
