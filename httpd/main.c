/* oat-httpd: serves a store over HTTP. */
#include <stdio.h>
#include <stdlib.h>

#include "httpd/log.h"
#include "httpd/options.h"
#include "httpd/server.h"
#include "oat/oat.h"
#include "reader/faults.h"

#define EXIT_USAGE 2

static void print_config(const struct oat_options *options)
{
    printf("dir        %s\n", options->dir);
    for (size_t i = 0; i < options->listen_count; i++)
        printf("listen     http://%s:%u\n", options->listen[i].host, options->listen[i].port);
    for (size_t i = 0; i < options->otlp_http_count; i++)
        printf("otlp-http  http://%s:%u\n", options->otlp_http[i].host, options->otlp_http[i].port);
    printf("ack        %s\n", options->ack_process ? "process" : "device");
    printf("configuration is good\n");
}

int main(int argc, char **argv)
{
    struct oat_options options;
    char error[300];

    if (!oat_options_parse(argc, argv, &options, error, sizeof error)) {
        fprintf(stderr, "oat-httpd: %s\nTry oat-httpd --help.\n", error);
        return EXIT_USAGE;
    }
    if (options.help) {
        fputs(oat_options_usage, stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        printf("oat-httpd %s\n", oat_version());
        return EXIT_SUCCESS;
    }
    if (options.check_config) {
        print_config(&options);
        return EXIT_SUCCESS;
    }
    oat_log_set_level(options.log_level);
    oat_faults_catch();
    return oat_server_run(&options);
}
