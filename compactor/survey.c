#include "compactor/survey.h"

#include "compactor/parallel.h"
#include "format/day.h"
#include "reader/array.h"

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

bool oat_day_set_has(const struct oat_day_set *set, uint32_t day)
{
    size_t at = place_of(set, day);
    return at < set->count && set->days[at] == day;
}

/* ---- Slots ---- */

struct surveying {
    struct oat_sources *sources;
    struct oat_survey *survey;
    struct oat_key_adder keys;     /* shards NULL: nobody wants them */
    pthread_mutex_t *strings_lock; /* of the strings of the sources */
};

static int survey_row(void *arg, const uint8_t trace_id[16], const struct oat_row *row)
{
    struct surveying *s = arg;
    s->survey->spans++;
    int result = oat_day_set_add(&s->survey->days, oat_day_of(row->start_ns));
    return result == OAT_OK && s->keys.shards ? oat_keys_add_row(&s->keys, trace_id, row) : result;
}

/* The day of an event or link is that of its span; of a score, too, when its giver knew it. */
static int survey_mark(void *arg, const uint8_t trace_id[16], const struct oat_mark *mark,
                       uint64_t span_start_ns)
{
    struct surveying *s = arg;
    uint64_t ns = mark->kind == OAT_SLOT_SCORE && span_start_ns == 0 ? mark->time_ns : span_start_ns;
    int result = ns <= OAT_TIME_MAX ? oat_day_set_add(&s->survey->days, oat_day_of(ns)) : OAT_OK;
    return result == OAT_OK && s->keys.shards ? oat_keys_add_mark(&s->keys, trace_id, mark, span_start_ns)
                                              : result;
}

static int survey_tombstone(void *arg, const struct oat_pair *pair,
                            const struct oat_disk_tombstone *tombstone)
{
    struct surveying *s = arg;
    struct oat_catalog_entry entry = {
        .id = oat_le64_get(tombstone->id),
        .time_ns = oat_le64_get(tombstone->time_ns),
    };
    memcpy(entry.of, tombstone->trace_id, sizeof entry.of);
    pthread_mutex_lock(s->strings_lock);
    entry.reason =
        oat_strings_get(&s->sources->strings, pair, oat_le32_get(tombstone->reason), &s->sources->problems);
    int result = oat_catalog_add(&s->survey->tombstones, &entry);
    pthread_mutex_unlock(s->strings_lock);
    return result;
}

static int survey_unknown(void *arg)
{
    struct surveying *s = arg;
    s->survey->has_unknown = true;
    return OAT_OK;
}

struct surveys {
    struct oat_sources *sources;
    const bool *wanted;
    struct oat_key_shards *keys;
    struct oat_survey *surveys;
    pthread_mutex_t strings_lock;
};

static int survey_pair(void *arg, size_t index)
{
    struct surveys *all = arg;
    struct oat_survey *survey = &all->surveys[index];
    struct surveying s = {all->sources, survey, {.shards = all->keys}, &all->strings_lock};
    struct oat_slot_visitor visitor = {survey_row, survey_mark, survey_tombstone, survey_unknown, &s};
    if (!all->wanted[index])
        return OAT_OK;
    int result = oat_rows_scan(all->sources->by_name[index], &survey->problems, &visitor);
    return result == OAT_OK && all->keys ? oat_key_adder_finish(&s.keys) : result;
}

int oat_survey_pairs(struct oat_sources *sources, const bool *wanted, unsigned threads,
                     struct oat_key_shards *keys, struct oat_survey *ret)
{
    struct surveys all = {.sources = sources, .wanted = wanted, .keys = keys, .surveys = ret};
    pthread_mutex_init(&all.strings_lock, NULL);
    int result = oat_parallel(threads, sources->pair_count, survey_pair, &all);
    pthread_mutex_destroy(&all.strings_lock);
    return result;
}

void oat_survey_init(struct oat_survey *survey)
{
    *survey = (struct oat_survey){0};
    oat_problems_init(&survey->problems);
}

void oat_survey_free(struct oat_survey *survey)
{
    struct oat_catalog catalog = {.tombstones = survey->tombstones};
    oat_catalog_clear(&catalog);
    free(survey->days.days);
    oat_problems_clear(&survey->problems);
    *survey = (struct oat_survey){0};
}
