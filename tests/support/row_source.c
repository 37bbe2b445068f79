#include "tests/support/row_source.h"

#include <stdlib.h>
#include <string.h>

#include "reader/text_match.h"

/* ---- Making --------------------------------------------------------------------------------------- */

static void *grow(void *array, size_t count, size_t size)
{
    void *grown = realloc(array, (count + 1) * size);
    if (!grown)
        abort();
    memset((char *)grown + count * size, 0, size);
    return grown;
}

static oat_text copy_of(oat_text text)
{
    char *bytes = malloc(text.len + 1);
    if (!bytes)
        abort();
    memcpy(bytes, text.bytes, text.len);
    return (oat_text){bytes, text.len};
}

static bool same(oat_text a, oat_text b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

uint32_t oat_row_source_code(struct oat_row_source *source, const char *bytes, size_t len)
{
    const oat_text text = {bytes, len};
    for (uint32_t i = 0; i < source->text_count; i++)
        if (same(source->texts[i], text))
            return i + 1;
    source->texts = grow(source->texts, source->text_count, sizeof *source->texts);
    source->texts[source->text_count] = copy_of(text);
    return ++source->text_count;
}

uint32_t oat_row_source_attribute(struct oat_row_source *source, oat_text key, oat_text encoded)
{
    for (uint32_t i = 0; i < source->attribute_count; i++)
        if (same(source->keys[i], key) && same(source->attributes[i], encoded))
            return i + 1;
    source->keys = grow(source->keys, source->attribute_count, sizeof *source->keys);
    source->attributes = grow(source->attributes, source->attribute_count, sizeof *source->attributes);
    source->keys[source->attribute_count] = copy_of(key);
    source->attributes[source->attribute_count] = copy_of(encoded);
    return ++source->attribute_count;
}

void oat_row_source_cut(struct oat_row_source *source, uint32_t rows_per_batch)
{
    source->rows_per_batch = rows_per_batch;
    source->source.batch_count = (source->row_count + rows_per_batch - 1) / rows_per_batch;
}

struct oat_test_row *oat_row_source_add_row(struct oat_row_source *source)
{
    source->rows = grow(source->rows, source->row_count++, sizeof *source->rows);
    oat_row_source_cut(source, source->rows_per_batch);
    return &source->rows[source->row_count - 1];
}

struct oat_trace_figures *oat_row_source_add_trace(struct oat_row_source *source)
{
    source->traces = grow(source->traces, source->source.trace_count++, sizeof *source->traces);
    return &source->traces[source->source.trace_count - 1];
}

void oat_row_source_add_attribute(struct oat_test_row *row, uint32_t code)
{
    row->attributes = grow(row->attributes, row->attribute_count, sizeof *row->attributes);
    row->attributes[row->attribute_count++] = code;
}

/* ---- Reading -------------------------------------------------------------------------------------- */

/* The source that an operation was called for. */
static struct oat_row_source *whole(struct oat_source *source)
{
    return (struct oat_row_source *)source;
}

static const struct oat_test_row *rows_of(struct oat_source *source, uint32_t number, uint32_t *ret_count)
{
    const struct oat_row_source *all = whole(source);
    uint32_t first = number * all->rows_per_batch, left = all->row_count - first;
    *ret_count = left < all->rows_per_batch ? left : all->rows_per_batch;
    return &all->rows[first];
}

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    rows_of(source, number, &batch->count);
    memset(batch->rows, 0, sizeof batch->rows);
    for (uint32_t i = 0; i < batch->count; i++)
        batch->rows[i / 64] |= UINT64_C(1) << i % 64;
    return OAT_OK;
}

static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    uint32_t count;
    const struct oat_test_row *rows = rows_of(source, batch->number, &count);
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        dst[i] = i < count ? rows[i].values[vector] : UINT64_MAX;
    whole(source)->filled++;
    return whole(source)->failure;
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    uint32_t count;
    const struct oat_test_row *rows = rows_of(source, batch->number, &count);
    for (uint32_t i = 0; i < OAT_BATCH_ROWS; i++)
        dst[i] = i >= count                    ? UINT32_MAX
                 : vector == OAT_VECTOR_PARENT ? rows[i].values[OAT_VECTOR_PARENT_ID] != 0
                                               : (uint32_t)rows[i].values[vector];
    whole(source)->filled++;
    return whole(source)->failure;
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    uint32_t count;
    const struct oat_test_row *rows = rows_of(source, number, &count);
    if (!whole(source)->zones)
        return false;
    *ret_min = UINT64_MAX;
    *ret_max = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t value = rows[i].values[vector];
        *ret_min = value < *ret_min ? value : *ret_min;
        *ret_max = value > *ret_max ? value : *ret_max;
    }
    return true;
}

static uint32_t code_count(struct oat_source *source, enum oat_vector vector)
{
    (void)vector;
    return whole(source)->text_count;
}

static oat_text text(struct oat_source *source, enum oat_vector vector, uint32_t code)
{
    (void)vector;
    whole(source)->asked++;
    return whole(source)->texts[code - 1];
}

static int attributes(struct oat_source *source, struct oat_batch *batch,
                      const uint64_t wanted[OAT_BATCH_WORDS], const struct oat_code_columns **ret)
{
    uint32_t count;
    struct oat_code_columns *columns = &whole(source)->columns;
    const struct oat_test_row *rows = rows_of(source, batch->number, &count);
    columns->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t n = 0; n < rows[i].attribute_count && wanted[i / 64] >> i % 64 & 1; n++) {
            if (n == columns->count)
                memset(oat_code_columns_add(columns), 0, OAT_BATCH_ROWS * sizeof *columns->codes);
            columns->codes[n * OAT_BATCH_ROWS + i] = rows[i].attributes[n];
        }
    }
    *ret = columns;
    whole(source)->filled++;
    return whole(source)->failure;
}

static uint32_t attribute_count(struct oat_source *source)
{
    return whole(source)->attribute_count;
}

static void attribute(struct oat_source *source, uint32_t code, oat_text *ret_key, oat_text *ret_value)
{
    whole(source)->asked++;
    *ret_key = whole(source)->keys[code - 1];
    *ret_value = whole(source)->attributes[code - 1];
}

static int trace(struct oat_source *source, uint32_t number, uint32_t wanted, struct oat_trace_figures *ret)
{
    (void)wanted;
    whole(source)->asked++;
    *ret = whole(source)->traces[number];
    return OAT_OK;
}

static int contains(struct oat_source *source, struct oat_batch *batch, enum oat_payload_field field,
                    const struct oat_text_match *match, uint64_t rows[OAT_BATCH_WORDS])
{
    uint32_t count;
    const struct oat_test_row *all = rows_of(source, batch->number, &count);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t bit = UINT64_C(1) << i % 64;
        oat_text payload = all[i].payloads[field];
        if (!(rows[i / 64] & bit))
            continue;
        whole(source)->looked_into++;
        if (!payload.bytes || !oat_text_match_in(match, payload.bytes, payload.len))
            rows[i / 64] &= ~bit;
    }
    return OAT_OK;
}

static const struct oat_source_ops ops = {.open = open_batch,
                                          .fill64 = fill64,
                                          .fill32 = fill32,
                                          .zone = zone,
                                          .code_count = code_count,
                                          .text = text,
                                          .attributes = attributes,
                                          .attribute_count = attribute_count,
                                          .attribute = attribute,
                                          .trace = trace,
                                          .contains = contains};

/* ---- Life ----------------------------------------------------------------------------------------- */

struct oat_row_source *oat_row_source_new(void)
{
    struct oat_row_source *source = calloc(1, sizeof *source);
    if (!source)
        abort();
    source->source.ops = &ops;
    source->zones = true;
    source->rows_per_batch = OAT_BATCH_ROWS;
    return source;
}

static void free_texts(oat_text *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        free((char *)(uintptr_t)texts[i].bytes);
    free(texts);
}

void oat_row_source_free(struct oat_row_source *source)
{
    for (uint32_t i = 0; i < source->row_count; i++)
        free(source->rows[i].attributes);
    free(source->columns.codes);
    free(source->rows);
    free(source->traces);
    free_texts(source->texts, source->text_count);
    free_texts(source->keys, source->attribute_count);
    free_texts(source->attributes, source->attribute_count);
    free(source);
}
