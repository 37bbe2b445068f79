#include "indexer/summary.h"

#include "format/hash.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS      (4 * OAT_SUMMARY_ROWS_MAX)
#define HOURS      24u
#define BIT(field) (1u << OAT_ALIKE_##field)

const struct oat_summary_shape oat_summary_shapes[OAT_SUMMARY_KINDS] = {
    [OAT_SUMMARY_BY_MODEL] = {OAT_TABLE_SUMMARIES,
                              BIT(HOUR) | BIT(TYPE) | BIT(STATUS) | BIT(FLAGS) | BIT(MODEL)},
    [OAT_SUMMARY_BY_AGENT] = {OAT_TABLE_AGENT_SUMMARIES,
                              BIT(STATUS) | BIT(FLAGS) | BIT(AGENT) | BIT(PROMPT) | BIT(PROMPT_VERSION)},
};

const uint8_t oat_summary_columns_of[OAT_ALIKE_FIELDS] = {
    [OAT_ALIKE_HOUR] = OAT_COL_SUMMARY_HOUR,     [OAT_ALIKE_TYPE] = OAT_COL_SUMMARY_TYPE,
    [OAT_ALIKE_STATUS] = OAT_COL_SUMMARY_STATUS, [OAT_ALIKE_FLAGS] = OAT_COL_SUMMARY_FLAGS,
    [OAT_ALIKE_MODEL] = OAT_COL_SUMMARY_MODEL,   [OAT_ALIKE_AGENT] = OAT_COL_SUMMARY_AGENT,
    [OAT_ALIKE_PROMPT] = OAT_COL_SUMMARY_PROMPT, [OAT_ALIKE_PROMPT_VERSION] = OAT_COL_SUMMARY_PROMPT_VERSION,
};

static int compare_keys(const struct oat_summary_key *a, const struct oat_summary_key *b)
{
    unsigned i = 0;
    while (i < OAT_ALIKE_FIELDS - 1 && a->of[i] == b->of[i])
        i++;
    return (a->of[i] > b->of[i]) - (a->of[i] < b->of[i]);
}

void oat_summary_begin(struct oat_summary *summary, uint32_t fields)
{
    memset(summary->slots, 0, sizeof summary->slots);
    summary->count = 0;
    summary->fields = fields;
    summary->full = false;
}

/* The row of a key, which is added if need be. NULL: there is no room for it. */
static struct oat_summary_row *row_of(struct oat_summary *summary, const struct oat_summary_key *key)
{
    uint32_t slot = (uint32_t)oat_hash64(key, sizeof *key, 0) % SLOTS;
    for (; summary->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        struct oat_summary_row *row = &summary->rows[summary->slots[slot] - 1];
        if (memcmp(&row->key, key, sizeof *key) == 0)
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
    oat_summary_begin(summary, summary->fields & ~BIT(HOUR));
    for (uint32_t i = 0; i < count && !summary->full; i++) {
        struct oat_summary_row row = summary->rows[i]; /* those that are made are before it, or it */
        row.key.of[OAT_ALIKE_HOUR] = 0;
        summary->full = !add_row(row_of(summary, &row.key), &row);
    }
}

/* What of a span's key the rows tell apart. */
static struct oat_summary_key key_of(const struct oat_summary *summary, const struct oat_summary_span *span)
{
    struct oat_summary_key key = {{0}};
    for (unsigned i = 0; i < OAT_ALIKE_FIELDS; i++)
        key.of[i] = summary->fields >> i & 1 ? span->key.of[i] : 0;
    key.of[OAT_ALIKE_FLAGS] &= OAT_SUMMARY_FLAGS;
    if (summary->fields & BIT(HOUR))
        key.of[OAT_ALIKE_HOUR] = (uint32_t)(1 + span->start_ns / OAT_SUMMARY_HOUR_NS % HOURS);
    return key;
}

void oat_summary_add(struct oat_summary *summary, const struct oat_summary_span *span)
{
    struct oat_summary_row one = {.spans = 1,
                                  .counted = span->counted,
                                  .duration_ns = span->duration_ns,
                                  .cost_nano = span->counted ? span->cost_nano : 0};
    for (unsigned i = 0; i < OAT_COUNT_FIELDS && span->counted; i++)
        one.count[i] = span->count[i];
    if (summary->full)
        return;
    one.key = key_of(summary, span);
    struct oat_summary_row *row = row_of(summary, &one.key);
    if (!row && summary->fields & BIT(HOUR)) {
        join_hours(summary);
        one.key.of[OAT_ALIKE_HOUR] = 0;
        row = row_of(summary, &one.key);
    }
    summary->full = summary->full || !row || !add_row(row, &one);
}

static int order_of_rows(const void *a, const void *b)
{
    return compare_keys(&((const struct oat_summary_row *)a)->key, &((const struct oat_summary_row *)b)->key);
}

uint32_t oat_summary_end(struct oat_summary *summary, uint32_t row_max)
{
    if (summary->count > row_max && summary->fields & BIT(HOUR))
        join_hours(summary);
    if (summary->full || summary->count > row_max)
        return 0;
    qsort(summary->rows, summary->count, sizeof *summary->rows, order_of_rows);
    return summary->count;
}
