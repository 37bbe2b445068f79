#include "reader/batch.h"

#include "reader/compare.h"
#include "reader/stop.h"

#include <stdlib.h>
#include <string.h>

int oat_batch_open(struct oat_batch *batch, struct oat_source *source, uint32_t number)
{
    batch->source = source;
    batch->number = number;
    memset(batch->filled, 0, sizeof batch->filled);
    if (oat_stop_is_asked(source->stop))
        return OAT_E_STOPPED;
    return source->ops->open(source, number, batch);
}

void oat_batch_free(struct oat_batch *batch)
{
    for (unsigned i = 0; i < OAT_VECTOR_COUNT; i++)
        free(batch->vectors[i]);
    memset(batch, 0, sizeof *batch);
}

static bool is_filled(const struct oat_batch *batch, enum oat_vector vector)
{
    return batch->filled[vector / 64] >> (vector % 64) & 1;
}

/* True when the vector is decoded already; room for it is made otherwise. */
static int prepare(struct oat_batch *batch, enum oat_vector vector, size_t size, bool *ret_filled)
{
    *ret_filled = is_filled(batch, vector);
    if (batch->vectors[vector])
        return OAT_OK;
    batch->vectors[vector] = aligned_alloc(64, OAT_BATCH_ROWS * size);
    if (!batch->vectors[vector])
        return OAT_E_NOMEM;
    memset(batch->vectors[vector], 0, OAT_BATCH_ROWS * size); /* values that are not read are defined */
    return OAT_OK;
}

static void set_filled(struct oat_batch *batch, enum oat_vector vector)
{
    batch->filled[vector / 64] |= UINT64_C(1) << (vector % 64);
}

int oat_batch_u64(struct oat_batch *batch, enum oat_vector vector, const uint64_t **ret)
{
    bool filled;
    int result = prepare(batch, vector, sizeof **ret, &filled);
    if (result == OAT_OK && !filled)
        result = batch->source->ops->fill64(batch->source, batch, vector, batch->vectors[vector]);
    if (result != OAT_OK)
        return result;
    set_filled(batch, vector);
    *ret = batch->vectors[vector];
    return OAT_OK;
}

int oat_batch_u32(struct oat_batch *batch, enum oat_vector vector, const uint32_t **ret)
{
    bool filled;
    int result = prepare(batch, vector, sizeof **ret, &filled);
    if (result == OAT_OK && !filled)
        result = batch->source->ops->fill32(batch->source, batch, vector, batch->vectors[vector]);
    if (result != OAT_OK)
        return result;
    set_filled(batch, vector);
    *ret = batch->vectors[vector];
    return OAT_OK;
}

int oat_batch_sparse(struct oat_batch *batch, enum oat_vector vector, void *dst, struct oat_sparse *ret)
{
    const struct oat_source_ops *ops = batch->source->ops;
    if (!ops->sparse || is_filled(batch, vector))
        return OAT_NOTFOUND;
    return ops->sparse(batch->source, batch, vector, dst, ret);
}

int oat_batch_range(struct oat_batch *batch, enum oat_vector vector, uint32_t low, uint32_t high,
                    uint64_t ret[OAT_BATCH_WORDS])
{
    const struct oat_source_ops *ops = batch->source->ops;
    const uint32_t *values;
    int result = OAT_NOTFOUND;
    if (ops->range && !is_filled(batch, vector))
        result = ops->range(batch->source, batch, vector, low, high, ret);
    if (result != OAT_NOTFOUND)
        return result;
    result = oat_batch_u32(batch, vector, &values);
    if (result == OAT_OK)
        oat_compare_range32(values, low, high, ret);
    return result;
}

uint32_t *oat_code_columns_add(struct oat_code_columns *columns)
{
    if (columns->count == columns->capacity) {
        uint32_t capacity = columns->capacity ? 2 * columns->capacity : 8;
        uint32_t *codes = realloc(columns->codes, (size_t)capacity * OAT_BATCH_ROWS * sizeof *columns->codes);
        if (!codes)
            return NULL;
        columns->codes = codes;
        columns->capacity = capacity;
    }
    return columns->codes + (size_t)columns->count++ * OAT_BATCH_ROWS;
}
