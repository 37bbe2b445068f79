#include "compactor/compact.h"

#include "compactor/forget.h"
#include "compactor/lock.h"
#include "compactor/merge.h"
#include "compactor/mount.h"
#include "compactor/run.h"
#include "compactor/sweep.h"
#include "compactor/sweep_live.h"
#include "compactor/trace_index_write.h"
#include "format/limits.h"
#include "reader/array.h"
#include "reader/faults.h"
#include "writer/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERATION_MAX (UINT64_MAX / 2) /* one that is greater was made up */
#define TOMBSTONE_DAYS UINT64_C(400)    /* a tombstone hides what arrives late for that long at least */
#define DAY_NS         (UINT64_C(86400) * OAT_NS_PER_S)

/* ---- The live set ---- */

/* Says what was wrong with a file that could not be read. */
static int fail_reading(struct oat_run *run, int result, struct oat_problems *problems, const char *what)
{
    const oat_problem *problem = oat_problems_get(problems, 0);
    if (problem)
        return oat_run_fail(run, result, "%s: %s at %llu, expected %s, found %s; nothing was changed",
                            problem->path, problem->what, (unsigned long long)problem->offset,
                            problem->expected, problem->found);
    return oat_run_fail(run, result, "cannot read %s", what);
}

static int read_live_set(struct oat_run *run)
{
    struct oat_problems problems;
    const char *what = OAT_MANIFEST_NAME;
    oat_problems_init(&problems);
    int result = oat_manifest_read(run->store_fd, &problems, &run->manifest);
    if (result == OAT_OK) {
        what = "the catalog";
        result = oat_catalog_read(run->store_fd, &run->manifest, &problems, &run->catalog);
        if (result == OAT_NOTFOUND) { /* nobody else moves MANIFEST while LOCK is held */
            errno = ENOENT;
            result = OAT_E_IO;
        }
    }
    if (result != OAT_OK)
        fail_reading(run, result, &problems, what);
    oat_problems_clear(&problems);
    return result == OAT_OK ? oat_run_mask(run) : result;
}

/* What this program does not know all of it must not write anew. */
static int check_versions(struct oat_run *run)
{
    uint64_t created_ns;
    char name[OAT_GENERATION_NAME_SIZE], path[OAT_GENERATION_NAME_SIZE + 16];
    if (oat_le16_get(run->store->major_min) > OAT_FORMAT_MAJOR ||
        oat_le16_get(run->store->major_max) < OAT_FORMAT_MAJOR)
        return oat_run_fail(run, OAT_E_UNSUPPORTED, "STORE takes other versions only; nothing was changed");
    if (run->manifest.generation > 0 && !oat_run_knows_file(run, OAT_MANIFEST_NAME, &created_ns))
        return oat_run_fail(run, OAT_E_UNSUPPORTED, "MANIFEST is newer; nothing was changed");
    oat_generation_name(run->manifest.catalog_generation, "part", name);
    snprintf(path, sizeof path, OAT_CATALOG_DIR "/%s", name);
    if (run->manifest.catalog_generation > 0 && !oat_run_knows_file(run, path, &created_ns))
        return oat_run_fail(run, OAT_E_UNSUPPORTED, "%s is newer; nothing was changed", path);
    if (run->manifest.generation > GENERATION_MAX)
        return oat_run_fail(run, OAT_E_LIMIT, "the generation of MANIFEST");
    return OAT_OK;
}

/* The first MANIFEST: what is newer than it and not in it is from now on known to be a leftover. Files that
 * are there already were live once: they are not compacted over, but may be mounted. */
static int begin_manifest(struct oat_run *run)
{
    uint64_t greatest = 0;
    const struct oat_change nothing = {0};
    int result = oat_sweep_greatest(run->store_fd, &greatest);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "cannot list " OAT_DAYS_DIR);
    if (greatest > 0 && run->options->mount_count == 0)
        return oat_run_fail(run, OAT_E_CORRUPT,
                            "MANIFEST is missing, but " OAT_DAYS_DIR
                            " holds files: take each day in with --mount, from a copy");
    if (greatest > GENERATION_MAX)
        return oat_run_fail(run, OAT_E_LIMIT, "a file in " OAT_DAYS_DIR " has an impossible generation");
    run->next_generation = greatest + 1;
    return run->options->dry_run ? OAT_OK : oat_run_publish(run, &nothing);
}

static int take_lock(struct oat_run *run)
{
    char holder[OAT_LOCK_HOLDER_SIZE];
    int result = oat_lock_take(run->store_fd, run->options->wait, &run->lock_fd, holder);
    if (result == OAT_NOTFOUND)
        snprintf(run->why, OAT_COMPACT_WHY_SIZE, "%s compacts this store already",
                 *holder ? holder : "somebody else");
    else if (result != OAT_OK)
        oat_run_fail(run, result, "cannot take " OAT_LOCK_NAME);
    return result;
}

static int prepare(struct oat_run *run)
{
    int result = run->options->dry_run ? OAT_OK : take_lock(run);
    if (result == OAT_OK)
        result = read_live_set(run);
    if (result == OAT_OK)
        result = check_versions(run);
    if (result == OAT_OK && !run->options->dry_run) {
        result = oat_sweep(run->store_fd, &run->manifest);
        if (result != OAT_OK)
            oat_run_fail(run, result, "cannot remove what an earlier run left");
    }
    run->next_generation = run->manifest.generation + 1;
    return result == OAT_OK && run->manifest.generation == 0 ? begin_manifest(run) : result;
}

/* ---- Retention ---- */

static uint64_t bytes_of_retired(const struct oat_manifest *manifest,
                                 const struct oat_manifest_retired *retired, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < manifest->part_count; i++)
        for (size_t k = 0; k < count; k++)
            if (manifest->parts[i].day == retired[k].day &&
                manifest->parts[i].generation == retired[k].generation)
                bytes += manifest->parts[i].part_bytes + manifest->parts[i].pack_bytes;
    return bytes;
}

static int retain(struct oat_run *run)
{
    struct oat_manifest_retired *retired;
    size_t count;
    int result = oat_retain(&run->manifest, &run->options->retention, run->now_ns, &retired, &count);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "retention");
    uint64_t bytes = bytes_of_retired(&run->manifest, retired, count);
    struct oat_change change = {.retired = retired, .retired_count = count};
    if (count > 0 && !run->options->dry_run)
        result = oat_run_publish(run, &change);
    free(retired);
    if (result == OAT_OK) {
        run->summary.parts_retired += count;
        run->summary.bytes_retired += bytes;
    }
    return result;
}

/* ---- The catalog ---- */

static uint64_t tombstone_life_ns(const struct oat_run *run)
{
    uint64_t keep_ns = run->options->retention.keep_ns;
    return keep_ns > TOMBSTONE_DAYS * DAY_NS ? keep_ns : TOMBSTONE_DAYS * DAY_NS;
}

/* Without a limit on data, data as old as a tombstone may come at any time: it is kept. */
static bool has_expired(const struct oat_run *run, const struct oat_catalog_entry *entry)
{
    return run->options->retention.keep_ns > 0 && entry->time_ns < run->now_ns &&
           run->now_ns - entry->time_ns > tombstone_life_ns(run);
}

/* Adds those of the pairs that are taken. One whose clock was wrong counts from its arrival. */
static int add_tombstones(struct oat_run *run, const struct oat_catalog_list *found)
{
    int result = OAT_OK;
    for (size_t i = 0; i < found->count && result == OAT_OK; i++) {
        struct oat_catalog_entry entry = found->entries[i];
        if (has_expired(run, &entry))
            entry.time_ns = run->now_ns;
        result = oat_catalog_add(&run->catalog.tombstones, &entry);
    }
    oat_catalog_sort(&run->catalog.tombstones);
    return result;
}

/* What is not erased yet stays. */
static int add_unexpired(const struct oat_run *run, const struct oat_catalog_list *list, bool of_content,
                         struct oat_catalog_list *kept)
{
    int result = OAT_OK;
    for (size_t i = 0; i < list->count && result == OAT_OK; i++)
        if (!has_expired(run, &list->entries[i]) || (of_content && !list->entries[i].erased))
            result = oat_catalog_add(kept, &list->entries[i]);
    return result;
}

static int drop_expired(struct oat_run *run)
{
    struct oat_catalog kept = {0};
    int result = add_unexpired(run, &run->catalog.tombstones, false, &kept.tombstones);
    if (result == OAT_OK)
        result = add_unexpired(run, &run->catalog.forgotten, true, &kept.forgotten);
    if (result != OAT_OK) {
        oat_catalog_clear(&kept);
        return result;
    }
    oat_catalog_clear(&run->catalog);
    run->catalog = kept;
    return OAT_OK;
}

/* Writes the catalog with what was found; parts that get greater generations are built with it. */
static int renew_catalog(struct oat_run *run, const struct oat_catalog_list *found,
                         struct oat_catalog_file *ret)
{
    int result = add_tombstones(run, found);
    if (result == OAT_OK)
        result = drop_expired(run);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "list what is hidden");
    return oat_run_write_catalog(run, ret);
}

/* ---- Pairs ---- */

static int publish_pairs(struct oat_run *run, const struct oat_sources *sources, struct oat_change *change)
{
    struct oat_manifest_pair *consumed = calloc(sources->pair_count, sizeof *consumed);
    if (!consumed)
        return oat_run_fail(run, OAT_E_NOMEM, "list the pairs");
    for (size_t i = 0; i < sources->pair_count; i++) {
        memcpy(consumed[i].writer_id, sources->pairs[i]->writer_id, sizeof consumed[i].writer_id);
        consumed[i].seq = sources->pairs[i]->seq;
    }
    change->consumed = consumed;
    change->consumed_count = sources->pair_count;
    int result = oat_run_publish(run, change);
    free(consumed);
    return result;
}

static int build_and_publish_pairs(struct oat_run *run, struct oat_sources *sources,
                                   const struct oat_choice *choice, struct oat_pair_keys *keys)
{
    struct oat_build_output output = {0};
    struct oat_change change = {0};
    bool damaged;
    int result = OAT_OK;
    if (choice->tombstones.count > 0)
        result = renew_catalog(run, &choice->tombstones, &change.catalog);
    if (result == OAT_OK)
        result = oat_run_build(run, sources, keys, &choice->days, "compacting", &output, &damaged);
    if (result != OAT_OK)
        return result;
    change.added = output.parts;
    change.added_count = output.part_count;
    result = publish_pairs(run, sources, &change);
    if (result == OAT_OK)
        oat_run_count(run, &output);
    free(output.parts);
    return result;
}

static int take_pairs(struct oat_run *run, struct oat_sources *sources, const struct oat_choice *choice,
                      struct oat_pair_keys *keys)
{
    bool *keep = calloc(sources->pair_count, sizeof *keep);
    uint32_t kept = 0;
    keys->pair_of = calloc(sources->pair_count, sizeof *keys->pair_of);
    if (!keep || !keys->pair_of) {
        free(keep);
        return oat_run_fail(run, OAT_E_NOMEM, "choose pairs");
    }
    for (size_t i = 0; i < sources->pair_count; i++) {
        keep[i] = choice->fates[i] == OAT_PAIR_TAKEN;
        keys->pair_of[i] = keep[i] ? kept++ : OAT_NO_PAIR;
    }
    int result = oat_choice_sync_carried(sources, choice);
    oat_sources_keep(sources, keep);
    free(keep);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "cannot sync the pairs that stay");
    return build_and_publish_pairs(run, sources, choice, keys);
}

/* Reads the pairs of the store, decides which are taken, and takes them. */
static int choose_and_take(struct oat_run *run, struct oat_sources *sources, struct oat_choice *choice,
                           struct oat_pair_keys *keys)
{
    const struct oat_compact_options *options = run->options;
    const struct oat_choose_rules rules = {
        .adopt = options->adopt,
        .adopt_after_ns = options->adopt_after_ns > 0 ? options->adopt_after_ns : OAT_ADOPT_AFTER_NS,
        .before_day = options->before_day,
        .threads = options->threads,
        .keys = options->dry_run ? NULL : &keys->shards,
    };
    int result = oat_choose(sources, &rules, choice);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "cannot read the pairs of the store");
    if (choice->counts[OAT_PAIR_TAKEN] == 0) {
        bool damaged;
        return oat_run_judge(run, &sources->problems, &damaged);
    }
    run->summary.bytes_before += choice->bytes;
    result = oat_run_add_days(run, &choice->days);
    if (result == OAT_OK && !run->options->dry_run)
        return take_pairs(run, sources, choice, keys);
    run->summary.spans += choice->spans;
    return result;
}

static int open_pairs(struct oat_run *run, struct oat_sources **ret, struct oat_pair_keys *keys)
{
    const struct oat_compact_options *options = run->options;
    int result = oat_run_open_sources(run, ret);
    if (result == OAT_OK)
        result = oat_sources_add_new(*ret, &run->manifest);
    if (result == OAT_OK)
        result = oat_key_shards_init(&keys->shards, options->threads > 0 ? options->threads : 1,
                                     run->store_fd, options->memory_bytes / OAT_BUILD_KEYS_SHARE);
    return result == OAT_OK ? OAT_OK : oat_run_fail(run, result, "cannot list the pairs of the store");
}

static int compact_pairs(struct oat_run *run)
{
    struct oat_sources *sources = NULL;
    struct oat_choice choice = {0};
    struct oat_pair_keys keys = {0};
    int result = open_pairs(run, &sources, &keys);
    if (result == OAT_OK)
        result = choose_and_take(run, sources, &choice, &keys);
    if (result == OAT_OK && !run->options->dry_run) {
        result = oat_sweep_live(sources);
        if (result != OAT_OK)
            oat_run_fail(run, result, "cannot remove what dead writers left");
    }
    memcpy(run->summary.pairs, choice.counts, sizeof choice.counts);
    oat_key_shards_free(&keys.shards);
    free(keys.pair_of);
    oat_choice_free(&choice);
    oat_sources_close(sources);
    return result;
}

/* ---- The whole ---- */

static int index_traces(struct oat_run *run)
{
    int result =
        oat_trace_index_renew(run->store_fd, run->store, &run->manifest, run->options->unindexed_parts,
                              run->options->memory_bytes / 2, run->now_ns);
    return result == OAT_OK ? OAT_OK
                            : oat_run_fail(run, result, "published, but cannot write the index of traces");
}

/* Retention comes first, because it makes room, and last, because there is more now. */
static int run_all(struct oat_run *run)
{
    int result = prepare(run);
    if (result == OAT_OK && run->options->forget)
        result = oat_forget_begin(run, run->options->forget);
    if (result == OAT_OK)
        result = retain(run);
    if (result == OAT_OK)
        result = compact_pairs(run);
    for (size_t i = 0; i < run->options->mount_count && result == OAT_OK; i++)
        result = oat_mount(run, run->options->mounts[i]);
    if (result == OAT_OK)
        result = oat_merge_days(run);
    if (result == OAT_OK && !run->options->dry_run)
        result = retain(run);
    if (result == OAT_OK && !run->options->dry_run)
        result = oat_forget_settle(run);
    if (result == OAT_OK && !run->options->dry_run)
        result = index_traces(run);
    return result == OAT_OK ? oat_run_check_faults(run) : result;
}

int oat_compact_run(const struct oat_store *store, const struct oat_compact_options *options,
                    struct oat_compact_summary *ret, char ret_why[OAT_COMPACT_WHY_SIZE])
{
    uint64_t begun_ns = oat_clock_boot_ns();
    struct oat_run run = {.store_fd = store->fd,
                          .store = &store->header,
                          .options = options,
                          .why = ret_why,
                          .lock_fd = -1,
                          .faults = oat_faults_count(),
                          .now_ns = oat_clock_wall_ns()};
    ret_why[0] = '\0';
    oat_problems_init(&run.open_parts.problems);
    int result = run_all(&run);
    int error = errno;
    run.summary.days = run.days.count;
    free(run.days.days);
    oat_open_parts_clear(&run.open_parts);
    oat_forgotten_free(run.forgotten);
    oat_catalog_clear(&run.catalog);
    oat_manifest_clear(&run.manifest);
    oat_lock_release(run.lock_fd);
    run.summary.duration_ns = oat_clock_boot_ns() - begun_ns;
    *ret = run.summary;
    errno = error;
    return result;
}
