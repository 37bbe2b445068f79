#include "compactor/survey.h"

#include "compactor/parallel.h"
#include "format/day.h"
#include "reader/array.h"
#include "reader/rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- Days ---- */

/* The first place whose day is not before `day`. Spans come by the day: the last place is the likely one. */
static size_t place_of(const struct oat_day_set *set, uint32_t day)
{
    size_t low = 0, high = set->count;
    if (high > 0 && set->days[high - 1] < day)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int oat_day_set_add(struct oat_day_set *set, uint32_t day)
{
    size_t at = place_of(set, day);
    if (at < set->count && set->days[at] == day)
        return OAT_OK;
    if (!oat_array_reserve(&set->days, set->count, &set->capacity, sizeof *set->days))
        return OAT_E_NOMEM;
    memmove(set->days + at + 1, set->days + at, (set->count - at) * sizeof *set->days);
    set->days[at] = day;
    set->count++;
    return OAT_OK;
}

/* ---- Slots ---- */

struct surveying {
    struct oat_sources *sources;
    struct oat_survey *survey;
    pthread_mutex_t *strings_lock; /* of the strings of the sources */
};

static int add_span(struct oat_survey *survey, const uint8_t *bytes)
{
    struct oat_disk_span span;
    memcpy(&span, bytes, sizeof span);
    if (oat_le64_get(span.start_ns) > OAT_TIME_MAX)
        return OAT_OK;
    survey->spans++;
    return oat_day_set_add(&survey->days, oat_day_of(oat_le64_get(span.start_ns)));
}

/* The day of an event or link is that of its span; of a score, too, when its giver knew it. */
static int add_mark(struct oat_survey *survey, uint16_t kind, const uint8_t *bytes)
{
    struct oat_disk_event head; /* EVENT, LINK and SCORE have the span's start at one place */
    memcpy(&head, bytes, sizeof head);
    uint64_t ns = oat_le64_get(head.span_start_ns);
    if (kind == OAT_SLOT_SCORE && ns == 0)
        ns = oat_le64_get(head.time_ns);
    return ns <= OAT_TIME_MAX ? oat_day_set_add(&survey->days, oat_day_of(ns)) : OAT_OK;
}

static int add_tombstone(struct surveying *s, const struct oat_pair *pair, const uint8_t *bytes)
{
    struct oat_disk_tombstone tombstone;
    memcpy(&tombstone, bytes, sizeof tombstone);
    struct oat_catalog_entry entry = {
        .id = oat_le64_get(tombstone.id),
        .time_ns = oat_le64_get(tombstone.time_ns),
    };
    memcpy(entry.of, tombstone.trace_id, sizeof entry.of);
    if (entry.time_ns > OAT_TIME_MAX)
        return OAT_OK;
    pthread_mutex_lock(s->strings_lock);
    entry.reason =
        oat_strings_get(&s->sources->strings, pair, oat_le32_get(tombstone.reason), &s->sources->problems);
    int result = oat_catalog_add(&s->survey->tombstones, &entry);
    pthread_mutex_unlock(s->strings_lock);
    return result;
}

static int survey_slot(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                       uint16_t kind, const uint8_t *bytes)
{
    struct surveying *s = arg;
    (void)slot_no;
    if (state != OAT_SLOT_GOOD)
        return OAT_OK;
    switch (kind) {
    case OAT_SLOT_VOID:
    case OAT_SLOT_STRING:
        return OAT_OK;
    case OAT_SLOT_OPEN:
        return pair->opens_count ? add_span(s->survey, bytes) : OAT_OK;
    case OAT_SLOT_SPAN:
        return add_span(s->survey, bytes);
    case OAT_SLOT_EVENT:
    case OAT_SLOT_LINK:
    case OAT_SLOT_SCORE:
        return add_mark(s->survey, kind, bytes);
    case OAT_SLOT_TOMBSTONE:
        return add_tombstone(s, pair, bytes);
    default:
        s->survey->has_unknown = true;
        return OAT_OK;
    }
}

struct surveys {
    struct oat_sources *sources;
    const bool *wanted;
    struct oat_survey *surveys;
    pthread_mutex_t strings_lock;
};

static int survey_pair(void *arg, size_t index)
{
    struct surveys *all = arg;
    struct oat_pair *pair = all->sources->by_name[index];
    struct surveying s = {all->sources, &all->surveys[index], &all->strings_lock};
    if (!all->wanted[index])
        return OAT_OK;
    return oat_pair_scan(pair, 0, pair->slots, &all->sources->problems, survey_slot, &s);
}

int oat_survey_pairs(struct oat_sources *sources, const bool *wanted, unsigned threads,
                     struct oat_survey *ret)
{
    struct surveys all = {.sources = sources, .wanted = wanted, .surveys = ret};
    pthread_mutex_init(&all.strings_lock, NULL);
    int result = oat_parallel(threads, sources->pair_count, survey_pair, &all);
    pthread_mutex_destroy(&all.strings_lock);
    return result;
}

void oat_survey_free(struct oat_survey *survey)
{
    struct oat_catalog catalog = {.tombstones = survey->tombstones};
    oat_catalog_clear(&catalog);
    free(survey->days.days);
    *survey = (struct oat_survey){0};
}
