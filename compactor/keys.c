#include "compactor/keys.h"

#include "format/day.h"
#include "format/hash.h"
#include "reader/part_collect.h"
#include "writer/random.h"

#include <string.h>

struct collector {
    struct oat_key_sorter *sorter;
    uint64_t seed; /* ids come from outside: nobody shall choose the order */
};

static int add(const struct collector *c, const uint8_t trace_id[16], struct oat_key *key)
{
    memcpy(key->trace_id, trace_id, sizeof key->trace_id);
    key->order = oat_hash64(trace_id, sizeof key->trace_id, c->seed);
    return oat_key_sorter_add(c->sorter, key);
}

static int add_row(void *arg, const uint8_t trace_id[16], const struct oat_row *row)
{
    struct oat_key key = {
        .start_ns = row->start_ns,
        .end_ns = row->open ? row->start_ns : row->end_ns,
        .source = row->source,
        .place = row->place,
        .kind = row->open ? OAT_SLOT_OPEN : OAT_SLOT_SPAN,
    };
    memcpy(key.span_id, row->span_id, sizeof key.span_id);
    return add(arg, trace_id, &key);
}

static int add_mark(void *arg, const uint8_t trace_id[16], const struct oat_mark *mark,
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
    return add(arg, trace_id, &key);
}

/* Adds what was read of one trace of a part. Its events, links and scores stay on its day. */
static int add_trace(struct collector *c, const uint8_t trace_id[16], uint32_t day,
                     const struct oat_rows *rows)
{
    uint64_t filed_ns = day * OAT_DAY_NS + 1; /* not 0, which says that it is not known */
    int result = OAT_OK;
    for (size_t i = 0; i < rows->row_count && result == OAT_OK; i++)
        result = add_row(c, trace_id, &rows->rows[i]);
    for (size_t i = 0; i < rows->mark_count && result == OAT_OK; i++)
        result = add_mark(c, trace_id, &rows->marks[i], filed_ns);
    return result;
}

static int collect_part(struct collector *c, struct oat_part *part, uint32_t source, struct oat_rows *rows)
{
    uint32_t traces = oat_part_table(part, OAT_TABLE_TRACES)->table.rows;
    for (uint32_t trace = 0; trace < traces; trace++) {
        uint8_t trace_id[16];
        rows->row_count = rows->mark_count = 0;
        if (oat_part_trace_id(part, trace, trace_id) != OAT_OK)
            continue; /* reported */
        int result = oat_part_collect(part, trace, source, 0, rows);
        if (result == OAT_OK)
            result = add_trace(c, trace_id, oat_part_entry(part)->day, rows);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_keys_collect(struct oat_sources *sources, struct oat_key_sorter *sorter)
{
    struct collector c = {.sorter = sorter};
    struct oat_slot_visitor visitor = {.row = add_row, .mark = add_mark, .arg = &c};
    struct oat_rows rows; /* of one trace of a part after the other; all are its trace number 0 */
    uint32_t number;
    static const uint8_t no_id[16];
    oat_random_bytes(&c.seed, sizeof c.seed);
    oat_rows_init(&rows);
    int result = oat_rows_trace(&rows, no_id, &number);
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++)
        if (sources->pairs[i]->usable)
            result = oat_rows_scan(sources->pairs[i], &sources->problems, &visitor);
    for (size_t i = 0; i < sources->part_count && result == OAT_OK; i++)
        result = collect_part(&c, sources->parts[i], OAT_SOURCE_PART | (uint32_t)i, &rows);
    oat_rows_free(&rows);
    return result;
}
