/* oat-httpd: serves a store over HTTP. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "httpd/activation.h"
#include "httpd/alert_rules.h"
#include "httpd/log.h"
#include "httpd/options.h"
#include "httpd/server.h"
#include "oat/oat.h"
#include "reader/faults.h"

#define EXIT_USAGE 2

/* What answers take is kept for the next ones, unless it is much: to give each back to the kernel, and to get
 * zeroed pages again, takes longer than to write it. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

static int serve(struct oat_options *options, const struct oat_alert_rules *rules)
{
    char error[200];
    keep_memory();
    oat_log_set_level(options->log_level);
    oat_faults_catch();
    if (oat_activation_take(options, error, sizeof error))
        return oat_server_run(options, rules);
    oat_log(OAT_LOG_ERROR, "%s", error);
    return EXIT_FAILURE;
}

static int run(struct oat_options *options, const struct oat_alert_rules *rules)
{
    if (options->help) {
        fputs(oat_options_usage, stdout);
        return EXIT_SUCCESS;
    }
    if (options->version) {
        printf("oat-httpd %s\n", oat_version());
        return EXIT_SUCCESS;
    }
    if (options->check_config) {
        oat_options_print(options);
        printf("%zu alerts, %zu webhooks\n", rules->count, rules->webhook_count);
        return EXIT_SUCCESS;
    }
    return serve(options, rules);
}

int main(int argc, char **argv)
{
    static struct oat_options options;
    struct oat_alert_rules rules = {0};
    char error[600];
    int status = EXIT_USAGE;

    if (oat_options_parse(argc, argv, &options, error, sizeof error) &&
        oat_alert_rules_read(&options, &rules, error, sizeof error))
        status = run(&options, &rules);
    else
        fprintf(stderr, "oat-httpd: %s\nTry oat-httpd --help.\n", error);
    oat_alert_rules_free(&rules);
    oat_options_free(&options);
    return status;
}
