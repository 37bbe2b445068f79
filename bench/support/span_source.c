#include "bench/support/span_source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/options.h"
#include "format/block.h"
#include "format/slot.h"

#define MADE_BATCHES 1024u
#define MODELS       12u
#define USERS        10000u
#define NAMES        200u
#define TEXT_SIZE    16u
#define DAY_NS       UINT64_C(86400000000000)

/* A vector of a batch, packed, with its bounds. */
struct packed {
    uint8_t *bytes; /* NULL: all zero */
    size_t len;
    uint64_t min, max;
};

struct oat_bench_source {
    uint32_t batches;
    uint32_t first, end; /* those that are read */
    uint64_t batch_ns;   /* that a batch spans */
    struct packed vectors[MADE_BATCHES][OAT_VECTOR_COUNT];
    char texts[USERS][TEXT_SIZE];
};

struct view {
    struct oat_source source;
    struct oat_bench_source *from;
};

/* ---- Making ------------------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static double random_unit(uint64_t *seed)
{
    return ((double)(random_next(seed) >> 11) + 1) / 9007199254740993.0;
}

static uint64_t log_normal(uint64_t *seed, double mean, double deviation)
{
    double normal = sqrt(-2 * log(random_unit(seed))) * cos(6.283185307179586 * random_unit(seed));
    return (uint64_t)exp(mean + deviation * normal);
}

/* A row: 40 % are model calls with usage, a tenth of these counted elsewhere. */
static void make_row(uint64_t *row, uint64_t *seed, uint64_t start_ns)
{
    static const uint32_t types[10] = {OAT_LLM,   OAT_LLM,   OAT_LLM,       OAT_LLM,  OAT_TOOL,
                                       OAT_CHAIN, OAT_AGENT, OAT_RETRIEVAL, OAT_HTTP, OAT_MEMORY};
    row[OAT_VECTOR_TYPE] = types[random_next(seed) % 10];
    row[OAT_VECTOR_START] = start_ns;
    row[OAT_VECTOR_DURATION] = log_normal(seed, 19, 1.5);
    row[OAT_VECTOR_STATUS] = random_next(seed) % 50 ? OAT_SHOWN_SUCCESS : OAT_SHOWN_ERROR;
    row[OAT_VECTOR_TEXT + OAT_TEXT_NAME] = 1 + random_next(seed) % NAMES;
    row[OAT_VECTOR_TEXT + OAT_TEXT_USER] = 1 + random_next(seed) % USERS;
    if (row[OAT_VECTOR_TYPE] != OAT_LLM)
        return;
    row[OAT_VECTOR_COUNTED] = random_next(seed) % 10 > 0;
    row[OAT_VECTOR_FLAGS] = OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) | OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) |
                            OAT_SPAN_HAS_COUNT(OAT_COUNT_CACHED) | OAT_SPAN_HAS_COST;
    row[OAT_VECTOR_TEXT + OAT_TEXT_MODEL] = 1 + random_next(seed) % MODELS;
    row[OAT_VECTOR_TOKENS + OAT_COUNT_INPUT] = log_normal(seed, 8, 1) & UINT32_MAX;
    row[OAT_VECTOR_TOKENS + OAT_COUNT_OUTPUT] = log_normal(seed, 5, 1) & UINT32_MAX;
    row[OAT_VECTOR_TOKENS + OAT_COUNT_CACHED] = row[OAT_VECTOR_TOKENS + OAT_COUNT_INPUT] / 2;
    row[OAT_VECTOR_COST] = 2500 * row[OAT_VECTOR_TOKENS + OAT_COUNT_INPUT];
}

static void pack(struct packed *ret, const uint64_t *values)
{
    uint8_t bytes[OAT_BLOCK_SIZE_MAX];
    *ret = (struct packed){.min = UINT64_MAX};
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++) {
        ret->min = values[i] < ret->min ? values[i] : ret->min;
        ret->max = values[i] > ret->max ? values[i] : ret->max;
    }
    if (ret->max == 0)
        return;
    ret->len = oat_block_encode(values, OAT_BATCH_ROWS, 1, NULL, bytes);
    oat_block_seal(bytes, ret->len, 0);
    ret->bytes = malloc(ret->len);
    if (!ret->bytes)
        oat_bench_fail("malloc");
    memcpy(ret->bytes, bytes, ret->len);
}

static void make_batch(struct oat_bench_source *source, uint32_t number, uint64_t *seed)
{
    static uint64_t rows[OAT_BATCH_ROWS][OAT_VECTOR_COUNT];
    uint64_t values[OAT_BATCH_ROWS], start_ns = OAT_BENCH_SOURCE_START_NS + number * source->batch_ns;
    memset(rows, 0, sizeof rows);
    for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
        make_row(rows[i], seed, start_ns + i * source->batch_ns / OAT_BATCH_ROWS);
    for (unsigned vector = 0; vector < OAT_VECTOR_COUNT; vector++) {
        for (unsigned i = 0; i < OAT_BATCH_ROWS; i++)
            values[i] = rows[i][vector];
        pack(&source->vectors[number][vector], values);
    }
}

struct oat_bench_source *oat_bench_source_new(uint32_t batches)
{
    uint64_t seed = 88172645463325252;
    struct oat_bench_source *source = calloc(1, sizeof *source);
    if (!source)
        oat_bench_fail("calloc");
    source->batches = source->end = batches;
    source->batch_ns = OAT_BENCH_SOURCE_DAYS * DAY_NS / batches;
    for (uint32_t i = 0; i < MADE_BATCHES; i++)
        make_batch(source, i, &seed);
    for (unsigned i = 0; i < USERS; i++)
        snprintf(source->texts[i], TEXT_SIZE, "text %u", i);
    return source;
}

void oat_bench_source_free(struct oat_bench_source *source)
{
    for (uint32_t i = 0; i < MADE_BATCHES; i++)
        for (unsigned vector = 0; vector < OAT_VECTOR_COUNT; vector++)
            free(source->vectors[i][vector].bytes);
    free(source);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static const struct packed *packed_of(struct oat_source *source, uint32_t number, enum oat_vector vector)
{
    const struct oat_bench_source *from = ((struct view *)source)->from;
    return &from->vectors[(from->first + number) % MADE_BATCHES][vector];
}

/* What a batch's times are later than those of the one that was made. */
static uint64_t later_by(struct oat_source *source, uint32_t number, enum oat_vector vector)
{
    const struct oat_bench_source *from = ((struct view *)source)->from;
    uint64_t made = (from->first + number) / MADE_BATCHES * (uint64_t)MADE_BATCHES;
    return vector == OAT_VECTOR_START ? made * from->batch_ns : 0;
}

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    (void)source, (void)number;
    batch->count = OAT_BATCH_ROWS;
    memset(batch->rows, 0xff, sizeof batch->rows);
    return OAT_OK;
}

/* OAT_NOTFOUND: all rows are 0. */
static int open_block(const struct packed *packed, struct oat_block *ret)
{
    const char *what;
    if (!packed->bytes)
        return OAT_NOTFOUND;
    return oat_block_open(packed->bytes, packed->len, OAT_BATCH_ROWS, NULL, 0, false, ret, &what);
}

static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    uint64_t more = later_by(source, batch->number, vector);
    struct oat_block block;
    int result = open_block(packed_of(source, batch->number, vector), &block);
    if (result == OAT_OK)
        oat_block_decode64(&block, dst);
    else
        memset(dst, 0, OAT_BATCH_ROWS * sizeof *dst);
    for (unsigned i = 0; result == OAT_OK && more > 0 && i < OAT_BATCH_ROWS; i++)
        dst[i] += more;
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    struct oat_block block;
    int result = open_block(packed_of(source, batch->number, vector), &block);
    if (result == OAT_OK)
        oat_block_decode32(&block, dst);
    else
        memset(dst, 0, OAT_BATCH_ROWS * sizeof *dst);
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    const struct packed *packed = packed_of(source, number, vector);
    *ret_min = packed->min + later_by(source, number, vector);
    *ret_max = packed->max + later_by(source, number, vector);
    return true;
}

static uint32_t code_count(struct oat_source *source, enum oat_vector vector)
{
    (void)source;
    return vector == OAT_VECTOR_TEXT + OAT_TEXT_USER    ? USERS
           : vector == OAT_VECTOR_TEXT + OAT_TEXT_MODEL ? MODELS
                                                        : NAMES;
}

static oat_text text(struct oat_source *source, enum oat_vector vector, uint32_t code)
{
    const char *bytes = ((struct view *)source)->from->texts[code - 1];
    (void)vector;
    return (oat_text){bytes, strlen(bytes)};
}

static void free_view(struct oat_source *source)
{
    free(source);
}

static int open_view(void *arg, size_t index, struct oat_source **ret)
{
    static const struct oat_source_ops ops = {.free = free_view,
                                              .open = open_batch,
                                              .fill64 = fill64,
                                              .fill32 = fill32,
                                              .zone = zone,
                                              .code_count = code_count,
                                              .text = text};
    struct view *view = calloc(1, sizeof *view);
    (void)index;
    if (!view)
        return OAT_E_NOMEM;
    view->from = arg;
    view->source = (struct oat_source){.ops = &ops, .batch_count = view->from->end - view->from->first};
    *ret = &view->source;
    return OAT_OK;
}

void oat_bench_source_narrow(struct oat_bench_source *source, uint64_t from_ns, uint64_t to_ns)
{
    source->first = (uint32_t)((from_ns - OAT_BENCH_SOURCE_START_NS) / source->batch_ns);
    source->end = (uint32_t)((to_ns - 1 - OAT_BENCH_SOURCE_START_NS) / source->batch_ns + 1);
    source->end = source->end < source->batches ? source->end : source->batches;
}

struct oat_query_sources oat_bench_sources(struct oat_bench_source *source)
{
    return (struct oat_query_sources){source, 1, open_view};
}
