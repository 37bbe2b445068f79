/* An agent that ships what it writes: shipping_agent DIR URL. The environment configures it, too. A span for
 * each line of its standard input, which it answers; the line "flush" has it send what there is. At the end
 * of the input it ends as agents do. */
#include "oat/extra.h"
#include "oat/oat.h"

#include <stdio.h>
#include <string.h>

static void warn(void *arg, const char *message)
{
    (void)arg;
    fprintf(stderr, "%s\n", message);
}

static void write_span(oat_tracer *tracer, const char *line)
{
    OAT_SCOPE(span, tracer, OAT_TOOL, "line");
    oat_span_set_input(span, line, strlen(line), "text/plain");
}

#define PATIENCE_MS 60000u

static const char *flush(oat_tracer *tracer, oat_shipper *shipper)
{
    bool done = oat_tracer_flush(tracer) == OAT_OK && oat_shipper_flush(shipper, PATIENCE_MS) == OAT_OK;
    return done ? "sent" : "not sent";
}

int main(int argc, char **argv)
{
    char line[4096], wrong[OAT_CONFIG_WRONG_SIZE];
    oat_config config;
    oat_tracer *tracer;
    oat_shipper *shipper;
    if (argc != 3)
        return 2;
    if (oat_config_load(&config, NULL, wrong) != OAT_OK || *wrong)
        return 2;
    config.data_dir = argv[1];
    config.export_url = argv[2];
    config.export_interval_ms = 50;
    config.flush_interval_ms = 50;
    config.warn = warn;
    if (oat_tracer_open(&config, &tracer) != OAT_OK || oat_shipper_start(&config, &shipper) != OAT_OK ||
        !shipper)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        bool is_flush = strcmp(line, "flush\n") == 0;
        if (!is_flush)
            write_span(tracer, line);
        puts(is_flush ? flush(tracer, shipper) : "written");
        fflush(stdout);
    }
    oat_tracer_close(tracer);
    oat_shipper_stop(shipper, PATIENCE_MS);
    oat_config_free(&config);
    return 0;
}
