#include "compactor/keys.h"

#include "compactor/parallel.h"
#include "format/day.h"
#include "format/hash.h"
#include "reader/part_collect.h"
#include "reader/part_find.h"

#include <string.h>

static int add(struct oat_key_adder *adder, const uint8_t trace_id[16], struct oat_key *key)
{
    memcpy(key->trace_id, trace_id, sizeof key->trace_id);
    key->order = oat_hash64(trace_id, sizeof key->trace_id, adder->shards->seed);
    return oat_key_adder_add(adder, key);
}

int oat_keys_add_row(struct oat_key_adder *adder, const uint8_t trace_id[16], const struct oat_row *row)
{
    struct oat_key key = {
        .start_ns = row->start_ns,
        .end_ns = row->open ? row->start_ns : row->end_ns,
        .source = row->source,
        .place = row->place,
        .kind = row->open ? OAT_SLOT_OPEN : OAT_SLOT_SPAN,
    };
    memcpy(key.span_id, row->span_id, sizeof key.span_id);
    return add(adder, trace_id, &key);
}

int oat_keys_add_mark(struct oat_key_adder *adder, const uint8_t trace_id[16], const struct oat_mark *mark,
                      uint64_t span_start_ns)
{
    struct oat_key key = {
        .start_ns = span_start_ns < OAT_TIME_MAX ? span_start_ns : OAT_TIME_MAX,
        .end_ns = mark->time_ns,
        .source = mark->source,
        .place = mark->place,
        .kind = mark->kind,
    };
    memcpy(key.span_id, mark->span_id, sizeof key.span_id);
    return add(adder, trace_id, &key);
}

/* Adds what was read of one trace of a part. Its events, links and scores stay on its day. */
static int add_trace(struct oat_key_adder *adder, const uint8_t trace_id[16], uint32_t day,
                     const struct oat_rows *rows)
{
    uint64_t filed_ns = day * OAT_DAY_NS + 1; /* not 0, which says that it is not known */
    int result = OAT_OK;
    for (size_t i = 0; i < rows->row_count && result == OAT_OK; i++)
        result = oat_keys_add_row(adder, trace_id, &rows->rows[i]);
    for (size_t i = 0; i < rows->mark_count && result == OAT_OK; i++)
        result = oat_keys_add_mark(adder, trace_id, &rows->marks[i], filed_ns);
    return result;
}

static int collect_traces(struct oat_key_adder *adder, struct oat_part *part, uint32_t source,
                          struct oat_rows *rows)
{
    uint32_t traces = oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
    for (uint32_t trace = 0; trace < traces; trace++) {
        uint8_t trace_id[16];
        rows->row_count = rows->mark_count = 0;
        if (oat_part_trace_id(part, trace, trace_id) != OAT_OK)
            continue; /* reported */
        int result = oat_part_collect(part, trace, source, 0, rows);
        if (result == OAT_OK)
            result = add_trace(adder, trace_id, oat_part_entry(part)->day, rows);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

static int collect_part(struct oat_key_adder *adder, struct oat_part *part, uint32_t source)
{
    static const uint8_t no_id[16];
    struct oat_rows rows; /* of one trace after the other; all are its trace number 0 */
    uint32_t number;
    oat_rows_init(&rows);
    int result = oat_rows_trace(&rows, no_id, &number);
    if (result == OAT_OK)
        result = collect_traces(adder, part, source, &rows);
    oat_rows_free(&rows);
    return result;
}

/* ---- All sources ---- */

struct collection {
    struct oat_sources *sources;
    struct oat_key_shards *shards;
};

static int add_row(void *arg, const uint8_t trace_id[16], const struct oat_row *row)
{
    return oat_keys_add_row(arg, trace_id, row);
}

static int add_mark(void *arg, const uint8_t trace_id[16], const struct oat_mark *mark,
                    uint64_t span_start_ns)
{
    return oat_keys_add_mark(arg, trace_id, mark, span_start_ns);
}

static int collect_source(void *arg, size_t index)
{
    const struct collection *all = arg;
    struct oat_key_adder adder = {.shards = all->shards};
    struct oat_slot_visitor visitor = {.row = add_row, .mark = add_mark, .arg = &adder};
    struct oat_sources *sources = all->sources;
    int result = OAT_OK;
    if (index >= sources->pair_count) {
        uint32_t part = (uint32_t)(index - sources->pair_count);
        result = collect_part(&adder, sources->parts[part], OAT_SOURCE_PART | part);
    } else if (sources->pairs[index]->usable) {
        result = oat_rows_scan(sources->pairs[index], &sources->problems, &visitor);
    }
    return result == OAT_OK ? oat_key_adder_finish(&adder) : result;
}

int oat_keys_collect(struct oat_sources *sources, unsigned threads, struct oat_key_shards *shards)
{
    struct collection all = {sources, shards};
    return oat_parallel(threads, sources->pair_count + sources->part_count, collect_source, &all);
}
