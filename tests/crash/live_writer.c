/* Writes spans into a store until it is killed, and says of each when its end has returned.
 *
 * Usage: live_writer DIR
 * Span n is called "span n", its input is "input n" repeated n % 50 + 1 times, and it has an event; it prints
 * "n\n". The pairs are short, so that there are always some that may be compacted. */
#include "oat/oat.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAIR_SLOTS  64
#define TRACE_SPANS 7u /* spans in each trace, so that traces lie in several pairs */
#define PAUSE_NS    500000
#define REPEATS_MAX 50u
#define INPUT_MAX   20u

static void write_span(oat_tracer *tracer, unsigned n)
{
    char name[32], input[REPEATS_MAX * INPUT_MAX];
    uint32_t trace = n / TRACE_SPANS + 1;
    oat_span_context parent = {.span_id = {1}};
    oat_event event = {.name = "noticed", .name_len = OAT_NUL, .id = n + 1};
    size_t len = 0;
    memcpy(parent.trace_id, &trace, sizeof trace);
    oat_span_options options = {.parent = &parent, .detached = true};
    snprintf(name, sizeof name, "span %u", n);
    for (unsigned i = 0; i < n % REPEATS_MAX + 1; i++)
        len += (size_t)snprintf(input + len, INPUT_MAX, "input %u", n);
    oat_span *span = oat_span_start_with(tracer, OAT_TOOL, name, &options);
    oat_span_set_input(span, input, len, "text/plain");
    oat_span_add_event(span, &event);
    oat_span_end(span);
}

int main(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    oat_config config;
    oat_tracer *tracer;
    if (argc != 2)
        return 2;
    oat_config_init(&config);
    config.data_dir = argv[1];
    config.service = "live-writer";
    config.roll_slots = PAIR_SLOTS;
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        return 1;
    for (unsigned n = 0;; n++) {
        char line[16];
        write_span(tracer, n);
        int len = snprintf(line, sizeof line, "%u\n", n);
        if (write(STDOUT_FILENO, line, (size_t)len) != len)
            return 1;
        nanosleep(&pause, NULL);
    }
}
