#include "reader/summary_source.h"

#include "format/day.h"
#include "reader/compare.h"
#include "reader/part_vectors.h"

#include <stdlib.h>
#include <string.h>

#define MASKED_SHARE 2u /* of a group's spans is worth taking off: that is to read less than the others */

struct oat_summary_source {
    struct oat_source source; /* first: it is what callers hold */
    struct oat_part *part;
    struct oat_image_table *table, *spans;
    const struct oat_summary_shape *shape;
    uint64_t *covered;    /* a bit for each group of SPANS */
    uint64_t *has_masked; /* likewise */
    uint64_t *selected;   /* a bit for each row, whole batches */
};

/* Those of 32 bits that fields are. */
static const uint8_t vectors[OAT_ALIKE_FIELDS] = {
    [OAT_ALIKE_HOUR] = OAT_VECTOR_COUNT, /* none */
    [OAT_ALIKE_TYPE] = OAT_VECTOR_TYPE,
    [OAT_ALIKE_STATUS] = OAT_VECTOR_STATUS,
    [OAT_ALIKE_FLAGS] = OAT_VECTOR_FLAGS,
    [OAT_ALIKE_MODEL] = OAT_VECTOR_TEXT + OAT_TEXT_MODEL,
    [OAT_ALIKE_AGENT] = OAT_VECTOR_TEXT + OAT_TEXT_AGENT,
    [OAT_ALIKE_PROMPT] = OAT_VECTOR_TEXT + OAT_TEXT_PROMPT_NAME,
    [OAT_ALIKE_PROMPT_VERSION] = OAT_VECTOR_PROMPT_VERSION,
};

uint64_t oat_summary_vectors(enum oat_summary_kind kind)
{
    uint64_t ret = 0;
    for (unsigned i = OAT_ALIKE_TYPE; i < OAT_ALIKE_FIELDS; i++)
        if (oat_summary_shapes[kind].fields >> i & 1)
            ret |= UINT64_C(1) << vectors[i];
    return ret;
}

static struct oat_summary_source *of(struct oat_source *source)
{
    return (struct oat_summary_source *)source;
}

static void set_bit(uint64_t *bits, uint32_t bit)
{
    bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* ---- Rows ----------------------------------------------------------------------------------------- */

/* What of a batch says what its rows are of: enum oat_alike, and these. */
enum { GROUP = OAT_ALIKE_FIELDS, SPANS, KEYS };

struct keys {
    uint64_t of[KEYS][OAT_BATCH_ROWS];
};

static uint32_t rows_of_batch(const struct oat_summary_source *s, uint32_t number)
{
    uint32_t left = s->table->table.rows - number * OAT_BATCH_ROWS;
    return left < OAT_BATCH_ROWS ? left : OAT_BATCH_ROWS;
}

static int read_column(const struct oat_summary_source *s, uint32_t batch, unsigned column, uint64_t *ret)
{
    return oat_image_numbers(s->table, column, batch * OAT_BATCH_ROWS, rows_of_batch(s, batch), ret);
}

static int read_keys(const struct oat_summary_source *s, uint32_t batch, struct keys *ret)
{
    int result = read_column(s, batch, OAT_COL_SUMMARY_GROUP, ret->of[GROUP]);
    if (result == OAT_OK)
        result = read_column(s, batch, OAT_COL_SUMMARY_SPANS, ret->of[SPANS]);
    for (unsigned i = 0; i < OAT_ALIKE_FIELDS && result == OAT_OK; i++)
        result = read_column(s, batch, oat_summary_columns_of[i], ret->of[i]);
    return result;
}

/* Times between which spans started, both included; none when first_ns > last_ns: it is not known. */
struct times {
    uint64_t first_ns, last_ns;
};

static struct times times_of_group(const struct oat_summary_source *s, uint32_t group)
{
    struct times times;
    if (!oat_image_zone(s->spans, OAT_COL_SPAN_START, group, &times.first_ns, &times.last_ns))
        return (struct times){1, 0};
    return times;
}

/* Those of a row, of a group that has these. */
static struct times times_of_row(struct times group, uint64_t hour)
{
    if (hour == 0 || group.first_ns > group.last_ns)
        return group;
    uint64_t first_ns = group.first_ns - group.first_ns % OAT_DAY_NS + (hour - 1) * OAT_SUMMARY_HOUR_NS;
    uint64_t last_ns = first_ns + OAT_SUMMARY_HOUR_NS - 1;
    return (struct times){first_ns > group.first_ns ? first_ns : group.first_ns,
                          last_ns < group.last_ns ? last_ns : group.last_ns};
}

/* ---- Which groups they answer for ----------------------------------------------------------------- */

/* The groups are gone through in the order of the rows. */
struct pass {
    struct oat_summary_source *s;
    const struct oat_summary_scope *scope;
    const uint64_t *masked;
    bool timed; /* the scope tells starts apart */
    uint32_t group;
    struct times times; /* of its spans */
    uint32_t first;     /* row of the group */
    uint64_t spans;     /* of its rows so far */
    bool good;          /* its rows so far answer as their spans do */
};

/* Spans of the group that are masked. */
static uint32_t count_masked(const struct pass *p)
{
    uint32_t count = 0;
    uint32_t batches = (p->s->spans->table.rows + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS;
    uint32_t first = p->group * OAT_GROUP_BLOCKS, end = first + OAT_GROUP_BLOCKS;
    for (uint32_t i = first; p->masked && i < end && i < batches; i++)
        count += oat_rows_count(p->masked + (size_t)i * OAT_BATCH_WORDS);
    return count;
}

/* Ends a group at a row: it is covered, or none of its rows is read. */
static void end_group(struct pass *p, uint32_t end)
{
    uint32_t left = p->s->spans->table.rows - p->group * OAT_GROUP_ROWS;
    uint64_t spans = left < OAT_GROUP_ROWS ? left : OAT_GROUP_ROWS;
    uint64_t masked = count_masked(p);
    if (p->good && p->spans == spans && masked <= spans / MASKED_SHARE) {
        set_bit(p->s->covered, p->group);
        if (masked > 0)
            set_bit(p->s->has_masked, p->group);
        return;
    }
    for (uint32_t row = p->first; row < end; row++)
        p->s->selected[row / 64] &= ~(UINT64_C(1) << row % 64);
}

/* Selects a row, if the scope does. False: it does some of its spans, or tells them apart. */
static bool select_row(struct pass *p, uint32_t row, uint64_t hour)
{
    const struct oat_summary_scope *scope = p->scope;
    const struct times times = times_of_row(p->times, hour);
    uint64_t bucket_ns = scope->bucket_ns;
    if (p->timed && times.first_ns > times.last_ns)
        return false;
    if (p->timed && (times.last_ns < scope->from_ns || times.first_ns > scope->last_ns))
        return true;
    set_bit(p->s->selected, row);
    return !p->timed || (times.first_ns >= scope->from_ns && times.last_ns <= scope->last_ns &&
                         (bucket_ns == 0 || times.first_ns / bucket_ns == times.last_ns / bucket_ns));
}

static void begin_group(struct pass *p, uint32_t group, uint32_t row)
{
    p->group = group;
    p->times = times_of_group(p->s, group);
    p->first = row;
    p->spans = 0;
    p->good = true;
}

static void pass_batch(struct pass *p, uint32_t number, const struct keys *keys)
{
    uint32_t row = number * OAT_BATCH_ROWS, count = rows_of_batch(p->s, number);
    for (uint32_t i = 0; i < count; i++, row++) {
        if (keys->of[GROUP][i] != p->group) {
            end_group(p, row);
            begin_group(p, (uint32_t)keys->of[GROUP][i], row);
        }
        p->spans += keys->of[SPANS][i];
        p->good = p->good && select_row(p, row, keys->of[OAT_ALIKE_HOUR][i]);
    }
}

/* ---- Checking --------------------------------------------------------------------------------------- */

/* What a key may be. */
struct bounds {
    uint64_t min, max;
};

static struct bounds codes_of(const struct oat_summary_source *s, enum oat_text_field field)
{
    return (struct bounds){0, oat_part_text_count(s->part, OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT + field)};
}

static void find_bounds(const struct oat_summary_source *s, struct bounds ret[KEYS])
{
    ret[OAT_ALIKE_HOUR] = (struct bounds){0, OAT_DAY_NS / OAT_SUMMARY_HOUR_NS};
    ret[OAT_ALIKE_TYPE] = (struct bounds){OAT_AGENT, OAT_FILE_IO};
    ret[OAT_ALIKE_STATUS] = (struct bounds){OAT_STATUS_OPEN, OAT_STATUS_ERROR};
    ret[OAT_ALIKE_FLAGS] = (struct bounds){0, OAT_SUMMARY_FLAGS};
    ret[OAT_ALIKE_MODEL] = codes_of(s, OAT_TEXT_MODEL);
    ret[OAT_ALIKE_AGENT] = codes_of(s, OAT_TEXT_AGENT);
    ret[OAT_ALIKE_PROMPT] = codes_of(s, OAT_TEXT_PROMPT_NAME);
    ret[OAT_ALIKE_PROMPT_VERSION] = (struct bounds){0, UINT32_MAX};
    for (unsigned i = 0; i < OAT_ALIKE_FIELDS; i++)
        if (!(s->shape->fields >> i & 1))
            ret[i] = (struct bounds){0, 0};
    ret[GROUP] = (struct bounds){0, s->spans->table.group_count - 1};
    ret[SPANS] = (struct bounds){1, OAT_GROUP_ROWS};
}

static bool are_possible(const struct keys *keys, const struct bounds bounds[KEYS], uint64_t last_group,
                         uint32_t count)
{
    uint64_t possible[OAT_BATCH_WORDS], inside[OAT_BATCH_WORDS];
    bool descends = false;
    oat_rows_set_first(possible, count);
    for (unsigned key = 0; key < KEYS; key++) {
        oat_compare_range64(keys->of[key], (int64_t)bounds[key].min, (int64_t)bounds[key].max, inside);
        oat_rows_keep(possible, inside);
    }
    for (uint32_t i = 0; i < count; i++) {
        descends |= keys->of[GROUP][i] < last_group;
        last_group = keys->of[GROUP][i];
    }
    return !descends && oat_rows_count(possible) == count;
}

/* Every block has to be good: who begins to answer from summaries cannot turn back. */
static int check_blocks(const struct oat_summary_source *s)
{
    uint32_t batches = s->source.batch_count;
    for (uint32_t number = 0; number < batches; number++)
        for (unsigned column = 1; column < OAT_COL_SUMMARY_COUNT + OAT_COUNT_FIELDS; column++) {
            struct oat_block block;
            int result = oat_image_block(s->table, number / OAT_GROUP_BLOCKS, column,
                                         number % OAT_GROUP_BLOCKS, &block);
            if (result != OAT_OK)
                return result == OAT_E_CORRUPT ? OAT_NOTFOUND : result;
        }
    return OAT_OK;
}

static int find_covered(struct pass *p, struct keys *keys)
{
    struct oat_summary_source *s = p->s;
    struct bounds bounds[KEYS];
    find_bounds(s, bounds);
    begin_group(p, 0, 0);
    for (uint32_t number = 0; number < s->source.batch_count; number++) {
        int result = read_keys(s, number, keys);
        if (result != OAT_OK)
            return result;
        if (!are_possible(keys, bounds, p->group, rows_of_batch(s, number))) {
            oat_part_report(s->part, s->shape->table, number * OAT_BATCH_ROWS, "summary of spans");
            return OAT_NOTFOUND;
        }
        pass_batch(p, number, keys);
    }
    end_group(p, s->table->table.rows);
    return OAT_OK;
}

/* ---- The source ----------------------------------------------------------------------------------- */

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    const struct oat_summary_source *s = of(source);
    batch->count = rows_of_batch(s, number);
    memcpy(batch->rows, s->selected + (size_t)number * OAT_BATCH_WORDS, sizeof batch->rows);
    return OAT_OK;
}

int oat_summary_source_numbers(const struct oat_summary_source *s, const struct oat_batch *batch,
                               unsigned column, uint64_t ret[OAT_BATCH_ROWS])
{
    return read_column(s, batch->number, column, ret);
}

/* START: no other vector of 64 bits is asked for. */
static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    const struct oat_summary_source *s = of(source);
    uint64_t groups[OAT_BATCH_ROWS], hours[OAT_BATCH_ROWS];
    if (vector != OAT_VECTOR_START)
        return OAT_E_INVALID;
    int result = read_column(s, batch->number, OAT_COL_SUMMARY_GROUP, groups);
    if (result == OAT_OK)
        result = read_column(s, batch->number, OAT_COL_SUMMARY_HOUR, hours);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++)
        dst[i] = times_of_row(times_of_group(s, (uint32_t)groups[i]), hours[i]).first_ns;
    return result;
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    const struct oat_summary_source *s = of(source);
    uint64_t numbers[OAT_BATCH_ROWS];
    unsigned field = 0;
    while (field < OAT_ALIKE_FIELDS && vectors[field] != vector)
        field++;
    if (field == OAT_ALIKE_FIELDS)
        return OAT_E_INVALID;
    int result = read_column(s, batch->number, oat_summary_columns_of[field], numbers);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++)
        dst[i] = (uint32_t)numbers[i] + (vector == OAT_VECTOR_STATUS ? OAT_PART_STATUS_SHOWN : 0);
    return result;
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    (void)source, (void)number, (void)vector, (void)ret_min, (void)ret_max;
    return false;
}

static uint32_t code_count(struct oat_source *source, enum oat_vector vector)
{
    return oat_part_text_count(of(source)->part, OAT_TABLE_SPANS, oat_part_column_of(vector));
}

static oat_text text(struct oat_source *source, enum oat_vector vector, uint32_t code)
{
    return oat_part_text(of(source)->part, OAT_TABLE_SPANS, oat_part_column_of(vector), code);
}

static void free_source(struct oat_source *source)
{
    struct oat_summary_source *s = of(source);
    if (!s)
        return;
    free(s->covered);
    free(s->has_masked);
    free(s->selected);
    free(s);
}

static const struct oat_source_ops ops = {
    .free = free_source,
    .open = open_batch,
    .fill64 = fill64,
    .fill32 = fill32,
    .zone = zone,
    .code_count = code_count,
    .text = text,
};

struct oat_source *oat_summary_source_rows(struct oat_summary_source *summary)
{
    return &summary->source;
}

bool oat_summary_source_covers(const struct oat_summary_source *summary, uint32_t group)
{
    return summary->covered[group / 64] >> group % 64 & 1;
}

bool oat_summary_source_has_masked(const struct oat_summary_source *summary, uint32_t group)
{
    return summary->has_masked[group / 64] >> group % 64 & 1;
}

static int prepare(struct oat_summary_source *s, const uint64_t *masked,
                   const struct oat_summary_scope *scope)
{
    struct keys *keys = malloc(sizeof *keys);
    struct pass pass = {.s = s,
                        .scope = scope,
                        .masked = masked,
                        .timed = scope->from_ns > 0 || scope->last_ns < INT64_MAX || scope->bucket_ns > 0};
    size_t words = (size_t)s->spans->table.group_count / 64 + 1;
    s->covered = calloc(words, sizeof *s->covered);
    s->has_masked = calloc(words, sizeof *s->has_masked);
    s->selected = calloc((size_t)s->source.batch_count, OAT_BATCH_WORDS * sizeof *s->selected);
    int result = keys && s->covered && s->has_masked && s->selected ? check_blocks(s) : OAT_E_NOMEM;
    if (result == OAT_OK)
        result = find_covered(&pass, keys);
    free(keys);
    return result;
}

int oat_summary_source_new(struct oat_part *part, const uint64_t *masked,
                           const struct oat_summary_scope *scope, struct oat_summary_source **ret)
{
    const struct oat_summary_shape *shape = &oat_summary_shapes[scope->kind];
    struct oat_image_table *table = oat_part_table(part, shape->table);
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    if (table->table.rows == 0 || spans->table.rows == 0)
        return OAT_NOTFOUND;
    struct oat_summary_source *s = malloc(sizeof *s);
    if (!s)
        return OAT_E_NOMEM;
    *s = (struct oat_summary_source){.part = part, .table = table, .spans = spans, .shape = shape};
    s->source.ops = &ops;
    s->source.batch_count = (table->table.rows + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS;
    int result = prepare(s, masked, scope);
    if (result == OAT_OK)
        *ret = s;
    else
        free_source(&s->source);
    return result;
}
