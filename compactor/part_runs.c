#include "compactor/part_runs.h"

#include <stdlib.h>

struct oat_part_run {
    uint32_t first, count; /* rows */
    struct oat_record records[OAT_PART_RECORDS];
};

int oat_part_runs_init(struct oat_part_runs *runs, struct oat_sources *sources)
{
    runs->sources = sources;
    runs->runs = calloc(sources->part_count + 1, sizeof(struct oat_part_run *));
    return runs->runs ? OAT_OK : OAT_E_NOMEM;
}

void oat_part_runs_free(struct oat_part_runs *runs)
{
    for (size_t i = 0; runs->runs && i < runs->sources->part_count; i++)
        free(runs->runs[i]);
    free(runs->runs);
    *runs = (struct oat_part_runs){0};
}

static int fill(struct oat_part_run *run, struct oat_part *part, uint32_t source, uint32_t row)
{
    uint32_t left = oat_part_table(part, OAT_TABLE_SPANS)->table.rows - row;
    run->first = row;
    run->count = left < OAT_PART_RECORDS ? left : OAT_PART_RECORDS;
    int result = oat_part_records(part, row, run->count, source, OAT_RECORD_TEXTS_ALL, run->records);
    if (result != OAT_OK)
        run->count = 0;
    return result;
}

int oat_part_runs_get(struct oat_part_runs *runs, uint32_t source, uint32_t row,
                      const struct oat_record **ret)
{
    struct oat_part_run **run = &runs->runs[source & ~OAT_SOURCE_PART];
    int result = OAT_OK;
    if (!*run)
        *run = calloc(1, sizeof **run);
    if (!*run)
        return OAT_E_NOMEM;
    if (row < (*run)->first || row - (*run)->first >= (*run)->count)
        result = fill(*run, oat_sources_part(runs->sources, source), source, row);
    if (result != OAT_OK)
        return result;
    const struct oat_record *record = &(*run)->records[row - (*run)->first];
    if (record->span.type == 0)
        return OAT_E_CORRUPT;
    *ret = record;
    return OAT_OK;
}
