#include "indexer/summary.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (4 * OAT_SUMMARY_ROWS_MAX)
#define HOURS 24u

/* In the order of rows. */
static uint64_t number_of(const struct oat_summary_key *key)
{
    return (uint64_t)key->hour << 59 | (uint64_t)(key->type & 15) << 55 | (uint64_t)(key->status & 3) << 53 |
           (uint64_t)key->flags << 32 | key->model;
}

static bool is_same(const struct oat_summary_key *a, const struct oat_summary_key *b)
{
    return a->hour == b->hour && a->type == b->type && a->status == b->status && a->flags == b->flags &&
           a->model == b->model;
}

void oat_summary_begin(struct oat_summary *summary, bool hours)
{
    memset(summary->slots, 0, sizeof summary->slots);
    summary->count = 0;
    summary->hours = hours;
    summary->full = false;
}

/* The row of a key, which is added if need be. NULL: there is no room for it. */
static struct oat_summary_row *row_of(struct oat_summary *summary, const struct oat_summary_key *key)
{
    uint32_t slot = (uint32_t)(number_of(key) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SLOTS;
    for (; summary->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        struct oat_summary_row *row = &summary->rows[summary->slots[slot] - 1];
        if (is_same(&row->key, key))
            return row;
    }
    if (summary->count == OAT_SUMMARY_ROWS_MAX)
        return NULL;
    struct oat_summary_row *row = &summary->rows[summary->count++];
    *row = (struct oat_summary_row){.key = *key};
    summary->slots[slot] = (uint16_t)summary->count;
    return row;
}

/* Adds a row to another. False: a sum is too great. */
static bool add_row(struct oat_summary_row *to, const struct oat_summary_row *row)
{
    to->spans += row->spans;
    to->counted += row->counted;
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        to->count[i] += row->count[i];
    return !__builtin_add_overflow(to->duration_ns, row->duration_ns, &to->duration_ns) &&
           !__builtin_add_overflow(to->cost_nano, row->cost_nano, &to->cost_nano);
}

/* Makes rows that differ by their hours alone one. */
static void join_hours(struct oat_summary *summary)
{
    uint32_t count = summary->count;
    oat_summary_begin(summary, false);
    for (uint32_t i = 0; i < count && !summary->full; i++) {
        struct oat_summary_row row = summary->rows[i]; /* those that are made are before it, or it */
        row.key.hour = 0;
        summary->full = !add_row(row_of(summary, &row.key), &row);
    }
}

void oat_summary_add(struct oat_summary *summary, const struct oat_summary_span *span)
{
    struct oat_summary_row one = {.key = span->key,
                                  .spans = 1,
                                  .counted = span->counted,
                                  .duration_ns = span->duration_ns,
                                  .cost_nano = span->counted ? span->cost_nano : 0};
    for (unsigned i = 0; i < OAT_COUNT_FIELDS && span->counted; i++)
        one.count[i] = span->count[i];
    if (summary->full)
        return;
    one.key.flags &= OAT_SUMMARY_FLAGS;
    one.key.hour = summary->hours ? (uint8_t)(1 + span->start_ns / OAT_SUMMARY_HOUR_NS % HOURS) : 0;
    struct oat_summary_row *row = row_of(summary, &one.key);
    if (!row && summary->hours) {
        join_hours(summary);
        one.key.hour = 0;
        row = row_of(summary, &one.key);
    }
    summary->full = summary->full || !row || !add_row(row, &one);
}

static int order_of_rows(const void *a, const void *b)
{
    uint64_t x = number_of(&((const struct oat_summary_row *)a)->key);
    uint64_t y = number_of(&((const struct oat_summary_row *)b)->key);
    return (x > y) - (x < y);
}

uint32_t oat_summary_end(struct oat_summary *summary, uint32_t row_max)
{
    if (summary->count > row_max && summary->hours)
        join_hours(summary);
    if (summary->full || summary->count > row_max)
        return 0;
    qsort(summary->rows, summary->count, sizeof *summary->rows, order_of_rows);
    return summary->count;
}
