#include "compactor/build.h"

#include "compactor/keys.h"
#include "compactor/part_maker.h"
#include "compactor/placing.h"
#include "compactor/trace_feed.h"
#include "reader/part.h"

/* Shares of the memory; part_maker.c has others. */
#define WINDOW_SHARE 8u  /* of slots that were read */
#define TEXT_SHARE   16u /* of texts of pairs that were looked up */

#define PROGRESS_ROWS 65536u /* from one report to the next */

struct build {
    const struct oat_build_input *input;
    struct oat_live_parts live; /* those that stay */
    struct oat_part_maker maker;
    uint64_t done, total; /* spans, events, links, scores, and what live parts have of their traces */
};

/* ---- Traces ---- */

/* When the newest of what a trace has here came to the compactor first. */
static uint64_t arrival(const struct build *b, const struct oat_day_trace *trace)
{
    uint64_t newest_ns = 0;
    for (size_t i = 0; i < trace->span_count + trace->mark_count; i++) {
        uint32_t source = oat_day_trace_source(trace, i);
        if (!(source & OAT_SOURCE_PART))
            return b->input->now_ns;
        uint64_t arrived_ns = oat_part_entry(oat_sources_part(b->input->sources, source))->arrived_ns;
        newest_ns = arrived_ns > newest_ns ? arrived_ns : newest_ns;
    }
    return newest_ns;
}

static void report_progress(struct build *b, uint64_t rows)
{
    const struct oat_build_input *input = b->input;
    uint64_t before = b->done;
    b->done += rows;
    if (input->progress && (b->done / PROGRESS_ROWS > before / PROGRESS_ROWS || b->done == b->total))
        input->progress(input->progress_arg, b->done, b->total);
}

static int write_trace(struct build *b, const struct oat_day_trace *trace)
{
    struct oat_strings *strings = &b->input->sources->strings;
    int result = oat_part_maker_add(&b->maker, trace, arrival(b, trace));
    if (strings->bytes > b->input->memory_bytes / TEXT_SHARE)
        oat_strings_forget(strings);
    report_progress(b, trace->span_count + trace->mark_count + trace->link_count);
    return result;
}

static int write_parts(struct build *b, struct oat_key_shards *by_start)
{
    const struct oat_day_trace *trace;
    struct oat_trace_feed *feed;
    b->total = oat_key_shards_count(by_start);
    bool threaded = b->input->threads > 1 && !b->input->prices; /* write_trace forgets texts */
    int result = oat_trace_feed_new(b->input->sources, by_start, b->input->memory_bytes / WINDOW_SHARE,
                                    b->input->prices, threaded, &feed);
    if (result != OAT_OK)
        return result;
    while ((result = oat_trace_feed_next(feed, &trace)) == OAT_OK) {
        result = write_trace(b, trace);
        if (result != OAT_OK)
            break;
    }
    oat_trace_feed_free(feed);
    return result == OAT_NOTFOUND ? oat_part_maker_end(&b->maker) : result;
}

/* ---- The whole ---- */

static int make_shards(const struct oat_build_input *input, struct oat_key_shards *ret)
{
    unsigned threads = input->threads > 1 ? input->threads : 1;
    return oat_key_shards_init(ret, threads, input->store_fd, input->memory_bytes / OAT_BUILD_KEYS_SHARE);
}

/* Gives all keys, which are read if need be, in the order of parts. */
static int order_keys(struct build *b, struct oat_key_shards *by_start)
{
    const struct oat_build_input *input = b->input;
    struct oat_placing placing = {input->sources, &b->live, input->catalog, NULL};
    struct oat_key_shards read = {0};
    if (input->keys) {
        placing.pair_of = input->keys->pair_of;
        return oat_keys_place(&placing, input->threads, &input->keys->shards, by_start);
    }
    int result = make_shards(input, &read);
    if (result == OAT_OK)
        result = oat_keys_collect(input->sources, input->threads, &read);
    if (result == OAT_OK)
        result = oat_keys_place(&placing, input->threads, &read, by_start);
    oat_key_shards_free(&read);
    return result;
}

static int build(struct build *b)
{
    const struct oat_build_input *input = b->input;
    struct oat_key_shards by_start = {0};
    int result = oat_part_maker_init(&b->maker, input, &b->live);
    if (result == OAT_OK)
        result = make_shards(input, &by_start);
    if (result == OAT_OK)
        result = order_keys(b, &by_start);
    if (result == OAT_OK)
        result = write_parts(b, &by_start);
    oat_key_shards_free(&by_start);
    return result;
}

int oat_build_parts(const struct oat_build_input *input, struct oat_build_output *ret)
{
    struct build b = {.input = input};
    int result = oat_live_parts_init(&b.live, input->live, input->live_count);
    if (result != OAT_OK)
        return result;
    result = build(&b);
    oat_part_maker_close(&b.maker, result == OAT_OK ? ret : NULL);
    oat_live_parts_clear(&b.live);
    return result;
}
