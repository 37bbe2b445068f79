#include "reader/row_records.h"

#include "reader/part_record.h"

#include <stdlib.h>

/* Where a row lies. */
struct place {
    uint32_t source, place, row;
};

static int compare_places(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* How many of the places, from the first on, lie one after the other in a part. */
static uint32_t run_length(const struct place *places, uint32_t count)
{
    uint32_t n = 1;
    while (n < count && n < OAT_PART_RECORDS && places[n].source == places->source &&
           places[n].place == places->place + n)
        n++;
    return places->source & OAT_SOURCE_PART ? n : 1;
}

static int read_run(struct oat_sources *sources, uint32_t texts, const struct place *places, uint32_t count,
                    struct oat_record *ret)
{
    struct oat_record records[OAT_PART_RECORDS];
    int result = oat_part_records(oat_sources_part(sources, places->source), places->place, count,
                                  places->source, texts, records);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        ret[places[i].row] = records[i];
    return result;
}

int oat_row_records(struct oat_sources *sources, struct oat_slot_maps *maps, uint32_t texts,
                    const struct oat_kept_row *rows, uint32_t count, struct oat_record *ret)
{
    struct place places[OAT_ROW_RECORDS];
    int result = OAT_OK;
    for (uint32_t i = 0; i < count; i++)
        places[i] = (struct place){rows[i].source, rows[i].place, i};
    if (count > 1)
        qsort(places, count, sizeof *places, compare_places);
    for (uint32_t done = 0, n; done < count && result == OAT_OK; done += n) {
        const struct place *at = places + done;
        n = run_length(at, count - done);
        if (at->source & OAT_SOURCE_PART)
            result = read_run(sources, texts, at, n, ret);
        else
            oat_record_read_one(sources, maps, texts, at->source, at->place, &ret[at->row]); /* or zeros */
        ret[at->row].source = at->source;
    }
    return result;
}

void oat_row_record(struct oat_sources *sources, const struct oat_kept_records *kept,
                    struct oat_row_place place, struct oat_record *ret)
{
    const struct oat_record *record = oat_kept_records_find(kept, place.source, place.place);
    if (record)
        *ret = *record;
    else
        oat_record_read(sources, place.source, place.place, ret); /* zeros when it is gone */
}
