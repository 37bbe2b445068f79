#include "compactor/build.h"

#include "compactor/fs.h"
#include "compactor/keys.h"
#include "compactor/part_writer.h"
#include "compactor/placing.h"
#include "compactor/trace_feed.h"
#include "format/day.h"
#include "reader/array.h"
#include "reader/part.h"

#include <errno.h>
#include <stdlib.h>

/* Shares of the memory. */
#define SORTER_SHARE 4u /* of each of the two sorters */
#define PART_SHARE   4u /* of what a part holds until it is finished; one that holds more is closed */
#define PACK_SHARE   8u
#define WINDOW_SHARE 8u  /* of slots that were read */
#define TEXT_SHARE   16u /* of texts of pairs that were looked up */

#define PROGRESS_ROWS 65536u /* from one report to the next */

struct build {
    const struct oat_build_input *input;
    struct oat_build_output output;
    size_t part_capacity;
    struct oat_live_parts live; /* those that stay and those that were made */
    int days_fd;                /* days/ */
    int day_fd;                 /* of the part being made; -1: none */
    struct oat_part_writer part;
    bool part_is_open;
    uint64_t done, total; /* spans, events, links, scores, and what live parts have of their traces */
};

/* ---- Parts ---- */

/* Opens a directory, whose name is made durable when it is new. */
static int make_dir(int dir_fd, const char *name, int *ret_fd)
{
    bool made;
    int result = oat_fs_make_dir(dir_fd, name, ret_fd, &made);
    if (result != OAT_OK || !made)
        return result;
    return oat_fs_sync(dir_fd);
}

static int begin_part(struct build *b, uint32_t day)
{
    char name[OAT_DAY_TEXT_SIZE];
    const struct oat_build_input *input = b->input;
    oat_day_print(day, name);
    int result = make_dir(b->days_fd, name, &b->day_fd);
    if (result != OAT_OK)
        return result;
    struct oat_part_options options = {
        .dir_fd = b->day_fd,
        .store = input->store,
        .day = day,
        .generation = input->first_generation + b->output.part_count,
        .now_ns = input->now_ns,
        .sources = input->sources,
        .live = &b->live,
        .threads = input->threads,
        .pack_memory_bytes = input->memory_bytes / PACK_SHARE,
    };
    result = oat_part_writer_open(&b->part, &options);
    b->part_is_open = result == OAT_OK;
    return result;
}

/* Replaced spans of the older parts that are merged into the first part of their day. */
static uint64_t older_replacements(const struct build *b, uint32_t day)
{
    const struct oat_sources *sources = b->input->sources;
    uint64_t replacements = 0;
    for (size_t i = 0; i < b->output.part_count; i++)
        if (b->output.parts[i].day == day)
            return 0;
    for (size_t i = 0; i < sources->part_count; i++)
        if (oat_part_entry(sources->parts[i])->day == day)
            replacements += oat_part_entry(sources->parts[i])->replacements;
    return replacements;
}

static void sum_up(struct oat_build_output *output, const struct oat_manifest_part *part)
{
    output->spans += part->spans;
    output->traces += part->traces;
    output->replacements += part->replacements;
    output->raw_payload_bytes += part->raw_bytes;
    output->unique_bytes += part->unique_bytes;
    output->stored_bytes += part->part_bytes + part->pack_bytes;
}

/* Finishes the part being made, if any; later ones may continue its traces. */
static int end_part(struct build *b)
{
    struct oat_manifest_part entry;
    struct oat_part *part;
    if (!b->part_is_open)
        return OAT_OK;
    if (!oat_array_reserve(&b->output.parts, b->output.part_count, &b->part_capacity,
                           sizeof *b->output.parts))
        return OAT_E_NOMEM;
    int result = oat_part_writer_finish(&b->part, &entry);
    if (result != OAT_OK)
        return result;
    entry.replacements += older_replacements(b, entry.day);
    b->output.parts[b->output.part_count++] = entry;
    sum_up(&b->output, &entry);
    oat_part_writer_close(&b->part);
    b->part_is_open = false;
    result = oat_fs_sync(b->day_fd);
    oat_fs_close(b->day_fd);
    b->day_fd = -1;
    if (result == OAT_OK)
        result = oat_part_open(b->input->store_fd, &entry, &b->input->sources->problems, &part);
    return result == OAT_OK ? oat_live_parts_add(&b->live, part) : result;
}

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
    const struct oat_build_input *input = b->input;
    struct oat_strings *strings = &input->sources->strings;
    uint32_t day = oat_day_of(trace->start_ns);
    bool full = b->part_is_open && oat_part_writer_memory(&b->part) > input->memory_bytes / PART_SHARE;
    int result = b->part_is_open && (full || b->part.options.day != day) ? end_part(b) : OAT_OK;
    if (result == OAT_OK && !b->part_is_open)
        result = begin_part(b, day);
    if (result == OAT_OK)
        result = oat_part_writer_add(&b->part, trace, arrival(b, trace));
    if (strings->bytes > input->memory_bytes / TEXT_SHARE)
        oat_strings_forget(strings);
    report_progress(b, trace->span_count + trace->mark_count + trace->link_count);
    return result;
}

static int write_parts(struct build *b, struct oat_key_shards *by_start)
{
    const struct oat_day_trace *trace;
    struct oat_trace_feed *feed;
    b->total = oat_key_shards_count(by_start);
    int result = oat_trace_feed_new(b->input->sources, by_start, b->input->memory_bytes / WINDOW_SHARE,
                                    b->input->threads > 1, &feed);
    if (result != OAT_OK)
        return result;
    while ((result = oat_trace_feed_next(feed, &trace)) == OAT_OK) {
        result = write_trace(b, trace);
        if (result != OAT_OK)
            break;
    }
    oat_trace_feed_free(feed);
    return result == OAT_NOTFOUND ? end_part(b) : result;
}

/* ---- The whole ---- */

static int make_shards(const struct oat_build_input *input, struct oat_key_shards *ret)
{
    unsigned threads = input->threads > 1 ? input->threads : 1;
    return oat_key_shards_init(ret, threads, input->store_fd, input->memory_bytes / SORTER_SHARE);
}

/* Reads all keys and gives them in the order of parts. */
static int order_keys(struct build *b, struct oat_key_shards *by_start)
{
    const struct oat_build_input *input = b->input;
    struct oat_placing placing = {input->sources, &b->live, input->catalog};
    struct oat_key_shards by_trace;
    int result = make_shards(input, &by_trace);
    if (result != OAT_OK)
        return result;
    result = oat_keys_collect(input->sources, input->threads, &by_trace);
    if (result == OAT_OK)
        result = oat_keys_place(&placing, input->threads, &by_trace, by_start);
    oat_key_shards_free(&by_trace);
    return result;
}

static int build(struct build *b)
{
    const struct oat_build_input *input = b->input;
    struct oat_key_shards by_start = {0};
    int result = oat_live_parts_init(&b->live, input->live, input->live_count);
    if (result == OAT_OK)
        result = make_dir(input->store_fd, OAT_DAYS_DIR, &b->days_fd);
    if (result == OAT_OK)
        result = make_shards(input, &by_start);
    if (result == OAT_OK)
        result = order_keys(b, &by_start);
    if (result == OAT_OK)
        result = write_parts(b, &by_start);
    oat_key_shards_free(&by_start);
    return result;
}

static void remove_parts(const struct build *b)
{
    int error = errno;
    for (size_t i = 0; i < b->output.part_count; i++) {
        char path[64];
        oat_part_file_name(&b->output.parts[i], "part", path);
        oat_fs_unlink(b->input->store_fd, path);
        oat_part_file_name(&b->output.parts[i], "pack", path);
        oat_fs_unlink(b->input->store_fd, path);
    }
    errno = error;
}

int oat_build_parts(const struct oat_build_input *input, struct oat_build_output *ret)
{
    struct build b = {.input = input, .days_fd = -1, .day_fd = -1};
    int result = build(&b);
    oat_part_writer_close(&b.part);
    oat_live_parts_clear(&b.live);
    oat_fs_close(b.day_fd);
    oat_fs_close(b.days_fd);
    if (result != OAT_OK) {
        remove_parts(&b);
        free(b.output.parts);
        return result;
    }
    *ret = b.output;
    return OAT_OK;
}
