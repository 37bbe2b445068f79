/* Makes a store of unique text: model calls whose inputs are sentences of a made-up language
 * (bench/support/conversation.h), 16 KiB each, in traces of ten. Ten of the inputs, evenly spread, hold
 * a phrase of words that the language has not. The same arguments make the same text.
 *
 *   generate_text --dir DIR [--bytes 1e9] [--seed 1] */
#include "bench/support/arguments.h"
#include "bench/support/conversation.h"
#include "bench/support/options.h"
#include "format/day.h"
#include "oat/oat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY         20779u /* 2026-11-22 */
#define INPUT_BYTES 16384u
#define TRACE_SPANS 10u
#define PHRASES     10u

static const char phrase[] = "the ultramarine heron countersigned a parcel of zinc";

typedef struct maker {
    oat_tracer *tracer;
    oat_bench_dice dice;
    oat_bench_language *language;
    oat_bench_conversation text;
} maker;

static void add_trace(maker *m, uint64_t start_ns, uint64_t first, uint64_t phrase_every)
{
    uint64_t trace_id[2] = {oat_bench_draw(&m->dice), oat_random_id(&m->dice.random)};
    uint64_t root_id = 0;
    for (uint64_t i = 0; i < TRACE_SPANS; i++) {
        uint64_t span_id = oat_random_id(&m->dice.random);
        oat_span_context parent = {0};
        memcpy(parent.trace_id, trace_id, sizeof trace_id);
        memcpy(parent.span_id, &root_id, sizeof root_id);
        const oat_span_options options = {.parent = &parent,
                                          .detached = true,
                                          .span_id = (const uint8_t *)&span_id,
                                          .start_ns = start_ns + i * 1000000};
        oat_span *span = oat_span_start_with(m->tracer, OAT_LLM, "chat", &options);
        m->text.len = 0;
        oat_bench_say(&m->text, m->language, &m->dice, INPUT_BYTES / 2);
        if ((first + i) % phrase_every == phrase_every / 2)
            oat_bench_quote(&m->text, phrase, sizeof phrase - 1);
        oat_bench_say(&m->text, m->language, &m->dice, INPUT_BYTES / 2);
        oat_span_set_input(span, m->text.bytes, m->text.len, "text/plain");
        oat_span_end_at(span, options.start_ns + 1000000);
        if (i == 0)
            root_id = span_id;
    }
}

int main(int argc, char **argv)
{
    const char *dir = NULL;
    double bytes = 1e9, seed = 1;
    const oat_bench_argument arguments[] = {
        {"dir", "the store to make", &dir, NULL},
        {"bytes", "of text (1000000000)", NULL, &bytes},
        {"seed", "of the random numbers (1)", NULL, &seed},
    };
    oat_bench_arguments(argc, argv, arguments, sizeof arguments / sizeof *arguments);
    uint64_t traces = (uint64_t)(bytes / INPUT_BYTES / TRACE_SPANS);
    if (traces < PHRASES)
        traces = PHRASES;

    maker m = {0};
    oat_config config;
    oat_stats stats;
    oat_bench_dice_seed(&m.dice, (uint64_t)seed);
    m.language = oat_bench_language_open(&m.dice);
    oat_bench_make_dir(dir);
    oat_config_init(&config);
    config.data_dir = dir;
    config.flush_interval_ms = 0;
    if (oat_tracer_open(&config, &m.tracer) != OAT_OK)
        oat_bench_fail(dir);
    for (uint64_t i = 0; i < traces; i++)
        add_trace(&m, DAY * OAT_DAY_NS + i * (OAT_DAY_NS / traces), i * TRACE_SPANS,
                  traces * TRACE_SPANS / PHRASES);
    oat_tracer_get_stats(m.tracer, &stats);
    oat_tracer_close(m.tracer);
    if (stats.spans != traces * TRACE_SPANS || stats.drops_full + stats.drops_io + stats.drops_memory > 0)
        oat_bench_fail("something was dropped");
    printf("%.1f MB of text in %.0f spans; in %u of them: %s\n", (double)stats.payload_bytes / 1e6,
           (double)stats.spans, PHRASES, phrase);
    free(m.text.bytes);
    oat_bench_language_close(m.language);
    return 0;
}
