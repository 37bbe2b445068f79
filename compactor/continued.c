#include "compactor/continued.h"

#include "reader/part_find.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_TRACES 8192u

struct oat_continued_batch {
    size_t count;
    uint8_t ids[BATCH_TRACES][16];
    uint64_t orders[BATCH_TRACES];
    uint32_t rows[BATCH_TRACES]; /* of one live part after the other */
};

static int ask_part(struct oat_continued *continued, uint32_t part)
{
    struct oat_continued_batch *batch = continued->batch;
    int result = OAT_OK;
    oat_part_find_traces(continued->live->parts[part], *batch->ids, batch->count, batch->rows);
    for (size_t i = 0; i < batch->count && result == OAT_OK; i++) {
        if (batch->rows[i] == OAT_NO_TRACE)
            continue;
        struct oat_key key = {
            .order = batch->orders[i], .source = part, .place = batch->rows[i], .kind = OAT_KEY_CONTINUED};
        memcpy(key.trace_id, batch->ids[i], sizeof key.trace_id);
        result = oat_key_sorter_add(continued->by_start, &key);
    }
    return result;
}

static int ask(struct oat_continued *continued)
{
    int result = OAT_OK;
    for (size_t i = 0; i < continued->live->count && result == OAT_OK; i++)
        result = ask_part(continued, (uint32_t)i);
    continued->batch->count = 0;
    return result;
}

int oat_continued_add(struct oat_continued *continued, const uint8_t trace_id[16], uint64_t order)
{
    struct oat_continued_batch *batch = continued->batch;
    if (continued->live->count == 0)
        return OAT_OK;
    if (!batch) {
        batch = continued->batch = malloc(sizeof *batch);
        if (!batch)
            return OAT_E_NOMEM;
        batch->count = 0;
    }
    memcpy(batch->ids[batch->count], trace_id, sizeof batch->ids[0]);
    batch->orders[batch->count++] = order;
    return batch->count == BATCH_TRACES ? ask(continued) : OAT_OK;
}

int oat_continued_finish(struct oat_continued *continued)
{
    return continued->batch ? ask(continued) : OAT_OK;
}

void oat_continued_free(struct oat_continued *continued)
{
    free(continued->batch);
    *continued = (struct oat_continued){0};
}
