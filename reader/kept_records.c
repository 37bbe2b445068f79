#include "reader/kept_records.h"

#include <stdlib.h>

#define KEPT_MAX 1024u /* records: less than a megabyte */

struct oat_record *oat_kept_records_add(struct oat_kept_records *kept, uint32_t source, uint32_t first,
                                        uint32_t count)
{
    if (kept->run_count == OAT_KEPT_RUNS || count > KEPT_MAX - kept->count)
        return NULL;
    struct oat_record *grown = realloc(kept->records, (kept->count + count) * sizeof *grown);
    if (!grown)
        return NULL;
    kept->records = grown;
    kept->runs[kept->run_count++] = (struct oat_kept_run){source, first, count, kept->count};
    kept->count += count;
    return grown + kept->count - count;
}

const struct oat_record *oat_kept_records_find(const struct oat_kept_records *kept, uint32_t source,
                                               uint32_t place)
{
    for (uint32_t i = 0; kept && i < kept->run_count; i++) {
        const struct oat_kept_run *run = &kept->runs[i];
        if (run->source == source && place >= run->first && place - run->first < run->count)
            return &kept->records[run->at + (place - run->first)];
    }
    return NULL;
}

void oat_kept_records_free(struct oat_kept_records *kept)
{
    free(kept->records);
    *kept = (struct oat_kept_records){0};
}
