#include "compactor/choose.h"

#include "compactor/fs.h"
#include "reader/outbox.h"
#include "reader/replica.h"

#include <stdlib.h>

/* ---- Judging ---- */

/* A writer that nothing can tell of is not thought dead unless somebody says so, or nothing has come from it
 * for too long. */
static bool is_adopted(const struct oat_sources *sources, const struct oat_pair *pair,
                       const struct oat_choose_rules *rules)
{
    struct oat_disk_replica replica;
    if (pair->liveness != OAT_WRITER_UNKNOWN && pair->liveness != OAT_WRITER_LOST)
        return false;
    if (rules->adopt || pair->liveness == OAT_WRITER_UNKNOWN)
        return rules->adopt;
    uint64_t now_ns = oat_replica_now_ns();
    return oat_replica_read(sources->store_fd, pair->writer_id, &replica) == OAT_OK &&
           oat_replica_liveness(&replica, now_ns) == OAT_WRITER_LOST &&
           now_ns - oat_le64_get(replica.lease_end_ns) >= rules->adopt_after_ns;
}

static void adopt(struct oat_sources *sources, const struct oat_choose_rules *rules)
{
    for (size_t i = 0; i < sources->pair_count; i++)
        if (is_adopted(sources, sources->pairs[i], rules))
            sources->pairs[i]->liveness = OAT_WRITER_DEAD;
}

/* By what the pair's header and its writer say. opens_count is false when a later pair is `carried`. */
static enum oat_pair_fate judge(const struct oat_sources *sources, const struct oat_pair *pair)
{
    if (!pair->usable || !pair->has_blobs)
        return OAT_PAIR_UNREADABLE;
    if (pair->liveness == OAT_WRITER_DEAD || (pair->sealed && !pair->opens_count))
        return oat_outbox_awaits(sources->store_fd, pair, oat_replica_now_ns()) ? OAT_PAIR_UNSENT
                                                                                : OAT_PAIR_TAKEN;
    return pair->liveness == OAT_WRITER_ALIVE ? OAT_PAIR_IN_USE : OAT_PAIR_ELSEWHERE;
}

/* By what it holds. */
static enum oat_pair_fate judge_content(const struct oat_survey *survey, const struct oat_choose_rules *rules)
{
    if (survey->has_unknown)
        return OAT_PAIR_UNKNOWN;
    bool later = survey->days.count > 0 && survey->days.days[survey->days.count - 1] >= rules->before_day;
    return later ? OAT_PAIR_LATER : OAT_PAIR_TAKEN;
}

static uint64_t bytes_of(const struct oat_pair *pair)
{
    uint64_t size, spans = 0, blobs = 0;
    if (oat_file_size(&pair->spans, &size, &spans) != OAT_OK ||
        oat_file_size(&pair->blobs, &size, &blobs) != OAT_OK)
        return 0; /* a figure for people */
    return spans + blobs;
}

static int take(const struct oat_pair *pair, const struct oat_survey *survey, struct oat_choice *choice)
{
    int result = OAT_OK;
    choice->spans += survey->spans;
    choice->bytes += bytes_of(pair);
    for (size_t i = 0; i < survey->days.count && result == OAT_OK; i++)
        result = oat_day_set_add(&choice->days, survey->days.days[i]);
    for (size_t i = 0; i < survey->tombstones.count && result == OAT_OK; i++)
        result = oat_catalog_add(&choice->tombstones, &survey->tombstones.entries[i]);
    return result;
}

/* A pair that stays is not judged by its damage, but that it cannot be read now is not to be passed over. */
static void report(struct oat_sources *sources, struct oat_survey *survey, bool all)
{
    const oat_problem *problem;
    for (size_t i = 0; (problem = oat_problems_get(&survey->problems, i)); i++)
        if (all || problem->kind == OAT_PROBLEM_IO)
            oat_problems_add_copy(&sources->problems, problem);
}

/* Judges all pairs, those that may be taken by their surveys. */
static int judge_all(struct oat_sources *sources, const struct oat_choose_rules *rules,
                     struct oat_survey *surveys, struct oat_choice *ret)
{
    enum oat_pair_fate before = OAT_PAIR_TAKEN; /* of the writer's pairs so far: the first that waits */
    int result = OAT_OK;
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++) {
        const struct oat_pair *pair = sources->by_name[i];
        enum oat_pair_fate fate = judge(sources, pair);
        if (i == 0 || !oat_pair_same_writer(pair, sources->by_name[i - 1]))
            before = OAT_PAIR_TAKEN;
        if (fate == OAT_PAIR_TAKEN)
            fate = before != OAT_PAIR_TAKEN ? before : judge_content(&surveys[i], rules);
        if (fate == OAT_PAIR_TAKEN)
            result = take(pair, &surveys[i], ret);
        report(sources, &surveys[i], fate == OAT_PAIR_TAKEN && rules->keys);
        /* One that cannot be read may stay so for ever. */
        if (before == OAT_PAIR_TAKEN && fate != OAT_PAIR_UNREADABLE)
            before = fate;
        ret->fates[pair->index] = fate;
        ret->counts[fate]++;
    }
    return result;
}

/* Those that will be taken unless what they hold, or an earlier one does, is against it. */
static void list_wanted(const struct oat_sources *sources, bool *wanted)
{
    bool waits = false; /* an earlier pair of the writer */
    for (size_t i = 0; i < sources->pair_count; i++) {
        enum oat_pair_fate fate = judge(sources, sources->by_name[i]);
        if (i == 0 || !oat_pair_same_writer(sources->by_name[i], sources->by_name[i - 1]))
            waits = false;
        wanted[i] = fate == OAT_PAIR_TAKEN && !waits;
        waits = waits || (fate != OAT_PAIR_TAKEN && fate != OAT_PAIR_UNREADABLE);
    }
}

int oat_choose(struct oat_sources *sources, const struct oat_choose_rules *rules, struct oat_choice *ret)
{
    struct oat_survey *surveys = calloc(sources->pair_count + 1, sizeof *surveys);
    bool *wanted = calloc(sources->pair_count + 1, sizeof *wanted);
    ret->fates = calloc(sources->pair_count + 1, sizeof *ret->fates);
    int result = surveys && wanted && ret->fates ? OAT_OK : OAT_E_NOMEM;
    for (size_t i = 0; surveys && i < sources->pair_count; i++)
        oat_survey_init(&surveys[i]);
    adopt(sources, rules);
    if (result == OAT_OK)
        list_wanted(sources, wanted);
    if (result == OAT_OK)
        result = oat_survey_pairs(sources, wanted, rules->threads, rules->keys, surveys);
    if (result == OAT_OK)
        result = judge_all(sources, rules, surveys, ret);
    for (size_t i = 0; surveys && i < sources->pair_count; i++)
        oat_survey_free(&surveys[i]);
    free(surveys);
    free(wanted);
    return result;
}

void oat_choice_free(struct oat_choice *choice)
{
    struct oat_catalog catalog = {.tombstones = choice->tombstones};
    oat_catalog_clear(&catalog);
    free(choice->fates);
    free(choice->days.days);
    *choice = (struct oat_choice){0};
}

/* ---- Carried spans ---- */

static int sync_file(int store_fd, const char *path)
{
    int fd;
    int result = oat_fs_open(store_fd, path, &fd);
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result; /* its writer has closed it: nothing is open */
    result = oat_fs_sync(fd);
    oat_fs_close(fd);
    return result;
}

int oat_choice_sync_carried(const struct oat_sources *sources, const struct oat_choice *choice)
{
    bool taken = false; /* an earlier pair of the same writer */
    int result = OAT_OK;
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++) {
        const struct oat_pair *pair = sources->by_name[i];
        if (i == 0 || !oat_pair_same_writer(pair, sources->by_name[i - 1]))
            taken = false;
        if (choice->fates[pair->index] == OAT_PAIR_TAKEN) {
            taken = true;
        } else if (taken && pair->usable && pair->carried) {
            result = sync_file(sources->store_fd, pair->blobs_path);
            if (result == OAT_OK)
                result = sync_file(sources->store_fd, pair->spans_path);
        }
    }
    return result;
}
