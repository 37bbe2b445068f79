#include "httpd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char oat_options_usage[] =
    "Usage: oat-httpd [--dir DIR] [--listen ADDRESS:PORT]...\n"
    "Serves the traces in DIR over HTTP.\n"
    "\n"
    "  --dir DIR              the store (default: $OAT_DATA_DIR, else .oat)\n"
    "  --listen ADDRESS:PORT  where to listen, repeatable; loopback addresses only, port 0 takes a\n"
    "                         free one (default: 127.0.0.1:8787 and [::1]:8787)\n"
    "  --no-compact           leave the hot files to oat-compact\n"
    "  --log-level LEVEL      error, warn, info or debug (default: info)\n"
    "  --check-config         say what the options mean and exit\n"
    "  --version, --help\n";

enum option_number {
    DIR_OPTION = 256,
    LISTEN,
    LOG_LEVEL,
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
    {"log-level", required_argument, NULL, LOG_LEVEL},
    {"no-compact", no_argument, NULL, NO_COMPACT},
    {"check-config", no_argument, NULL, CHECK_CONFIG},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {"otlp-http", required_argument, NULL, NOT_BUILT},
    {"otlp-grpc", required_argument, NULL, NOT_BUILT},
    {"config", required_argument, NULL, NOT_BUILT},
    {"tokens", required_argument, NULL, NOT_BUILT},
    {"alerts", required_argument, NULL, NOT_BUILT},
    {"tls-cert", required_argument, NULL, NOT_BUILT},
    {"tls-key", required_argument, NULL, NOT_BUILT},
    {"allow-host", required_argument, NULL, NOT_BUILT},
    {"allow-origin", required_argument, NULL, NOT_BUILT},
    {"ack", required_argument, NULL, NOT_BUILT},
    {0},
};

static bool add_listen(struct oat_options *options, const char *text, char *ret_error, size_t error_size)
{
    if (options->listen_count == OAT_LISTEN_MAX) {
        snprintf(ret_error, error_size, "--listen is given more than %u times", OAT_LISTEN_MAX);
        return false;
    }
    char why[200];
    if (!oat_address_parse(text, &options->listen[options->listen_count], why, sizeof why)) {
        snprintf(ret_error, error_size, "--listen %s", why);
        return false;
    }
    options->listen_count++;
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
    case LOG_LEVEL:
        if (oat_log_level_parse(optarg, &options->log_level))
            return true;
        snprintf(ret_error, error_size, "--log-level \"%.40s\": expected error, warn, info or debug", optarg);
        return false;
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
    if (options.listen_count == 0) {
        options.listen_is_default = true;
        if (!add_listen(&options, "127.0.0.1:8787", ret_error, error_size) ||
            !add_listen(&options, "[::1]:8787", ret_error, error_size))
            return false;
    }
    *ret = options;
    return true;
}
