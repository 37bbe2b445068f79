#include "compactor/run.h"

#include "compactor/sweep.h"
#include "format/limits.h"
#include "format/sections.h"
#include "reader/array.h"
#include "reader/faults.h"
#include "reader/file.h"
#include "reader/part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int oat_run_fail(struct oat_run *run, int result, const char *format, ...)
{
    int error = errno;
    va_list list;
    if (run->why[0] == '\0') {
        va_start(list, format);
        int n = vsnprintf(run->why, OAT_COMPACT_WHY_SIZE, format, list);
        va_end(list);
        if (n >= 0 && n < (int)OAT_COMPACT_WHY_SIZE)
            snprintf(run->why + n, OAT_COMPACT_WHY_SIZE - (size_t)n, ": %s",
                     result == OAT_E_IO ? strerrordesc_np(error) : oat_result_text(result));
    }
    errno = error;
    return result;
}

/* ---- The catalog ---- */

static void mask_reasons(const struct oat_run *run, struct oat_catalog_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        oat_forgotten_mask(run->forgotten, (uint8_t *)(uintptr_t)list->entries[i].reason.bytes,
                           list->entries[i].reason.len); /* the catalog's own copy */
}

int oat_run_mask(struct oat_run *run)
{
    oat_forgotten_free(run->forgotten);
    run->forgotten = NULL;
    int result =
        oat_catalog_forgotten(&run->catalog, oat_le64_get(run->store->hash_seed), false, &run->forgotten);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "list what is forgotten");
    mask_reasons(run, &run->catalog.tombstones);
    mask_reasons(run, &run->catalog.forgotten);
    return OAT_OK;
}

int oat_run_open_sources(struct oat_run *run, struct oat_sources **ret)
{
    int result = oat_sources_open(run->store_fd, ret);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "open the store");
    oat_sources_set_forgotten(*ret, run->forgotten, run->forgotten);
    return OAT_OK;
}

int oat_run_write_catalog(struct oat_run *run, struct oat_catalog_file *ret)
{
    int result =
        oat_catalog_write(run->store_fd, run->store, &run->catalog, run->next_generation++, run->now_ns, ret);
    return result == OAT_OK ? OAT_OK : oat_run_fail(run, result, "cannot write the catalog");
}

/* ---- Publishing ---- */

/* After a publication that failed. When the old MANIFEST is in place still, the new one will never be, and
 * what it would have named only takes up space; else the next run finds out what is live. */
static void take_back(struct oat_run *run)
{
    struct oat_manifest found;
    struct oat_problems problems;
    int error = errno;
    oat_problems_init(&problems);
    if (oat_manifest_read(run->store_fd, &problems, &found) == OAT_OK &&
        found.generation == run->manifest.generation)
        oat_sweep(run->store_fd, &run->manifest);
    oat_manifest_clear(&found);
    oat_problems_clear(&problems);
    errno = error;
}

int oat_run_check_faults(struct oat_run *run)
{
    oat_problem problem;
    if (oat_faults_count() == run->faults || !oat_faults_newest(&problem))
        return OAT_OK;
    errno = EIO;
    return oat_run_fail(run, OAT_E_IO, "cannot read %s at byte %" PRIu64 " (%s)", problem.path,
                        problem.offset, problem.found);
}

int oat_run_publish(struct oat_run *run, const struct oat_change *change)
{
    if (run->next_generation == UINT64_MAX)
        return oat_run_fail(run, OAT_E_LIMIT, "no generation is left");
    int result = oat_run_check_faults(run);
    if (result == OAT_OK)
        result = oat_publish(run->store_fd, run->store, &run->manifest, change, run->next_generation++,
                             run->now_ns);
    if (result != OAT_OK) {
        take_back(run);
        return oat_run_fail(run, result, "cannot publish: writing MANIFEST or syncing");
    }
    result = oat_sweep_retired(run->store_fd, &run->manifest);
    if (result != OAT_OK)
        return oat_run_fail(run, result, "published, but cannot remove what was replaced; the next run will");
    return OAT_OK;
}

/* ---- Building ---- */

struct build_progress {
    struct oat_run *run;
    const char *step;
};

static void show_progress(void *arg, uint64_t done, uint64_t total)
{
    const struct build_progress *progress = arg;
    const struct oat_compact_options *options = progress->run->options;
    options->progress(options->arg, progress->step, done, total);
}

/* Passes on what was found wrong. A file that could not be read may be read tomorrow: nothing is done
 * without it. */
int oat_run_judge(struct oat_run *run, struct oat_problems *problems, bool *ret_damaged)
{
    bool damaged = false;
    for (size_t i = 0; i < oat_problems_count(problems); i++) {
        const oat_problem *problem = oat_problems_get(problems, i);
        if (problem->kind == OAT_PROBLEM_IO) {
            errno = EIO;
            return oat_run_fail(run, OAT_E_IO, "cannot read %s (%s)", problem->path, problem->found);
        }
        damaged = damaged || (problem->kind != OAT_PROBLEM_TREE &&
                              strncmp(problem->path, OAT_DAYS_DIR "/", strlen(OAT_DAYS_DIR "/")) == 0);
        if (run->options->problem)
            run->options->problem(run->options->arg, problem);
    }
    *ret_damaged = damaged;
    return OAT_OK;
}

static int build(struct oat_run *run, struct oat_sources *sources, struct oat_pair_keys *keys,
                 const char *step, struct oat_build_output *ret)
{
    const struct oat_compact_options *options = run->options;
    struct build_progress progress = {run, step};
    struct oat_part **stay;
    size_t stay_count;
    int result =
        oat_open_parts_follow(&run->open_parts, run->store_fd, &run->manifest, sources, &stay, &stay_count);
    if (result != OAT_OK)
        return result;
    struct oat_build_input input = {
        .store_fd = run->store_fd,
        .store = run->store,
        .sources = sources,
        .live = stay,
        .live_count = stay_count,
        .catalog = &run->catalog,
        .prices = options->reprice ? options->reprice->prices : NULL,
        .keys = keys,
        .first_generation = run->next_generation,
        .now_ns = run->now_ns,
        .memory_bytes = options->memory_bytes,
        .threads = options->threads > 0 ? options->threads : 1,
        .progress = options->progress ? show_progress : NULL,
        .progress_arg = &progress,
    };
    result = oat_build_parts(&input, ret);
    free(stay);
    return result;
}

int oat_run_build(struct oat_run *run, struct oat_sources *sources, struct oat_pair_keys *keys,
                  const struct oat_day_set *days, const char *step, struct oat_build_output *ret,
                  bool *ret_damaged)
{
    struct oat_build_output output = {0};
    bool damaged, live_damaged; /* of those that stay some may be damaged: they are as readers know them */
    int result = days->count > 0 ? build(run, sources, keys, step, &output) : OAT_OK;
    if (result != OAT_OK)
        oat_run_fail(run, result, "%s", step);
    run->next_generation += output.part_count;
    if (result == OAT_OK)
        result = oat_run_judge(run, &run->open_parts.problems, &live_damaged);
    if (result == OAT_OK)
        result = oat_run_judge(run, &sources->problems, &damaged);
    oat_problems_clear(&run->open_parts.problems); /* they were passed on */
    oat_problems_init(&run->open_parts.problems);
    if (result != OAT_OK) {
        free(output.parts);
        return result;
    }
    *ret = output;
    *ret_damaged = damaged && sources->part_count > 0;
    return OAT_OK;
}

void oat_run_count(struct oat_run *run, const struct oat_build_output *output)
{
    struct oat_compact_summary *summary = &run->summary;
    summary->parts_written += output->part_count;
    summary->spans += output->spans;
    summary->traces += output->traces;
    summary->replacements += output->replacements;
    summary->raw_payload_bytes += output->raw_payload_bytes;
    summary->unique_bytes += output->unique_bytes;
    summary->bytes_after += output->stored_bytes;
}

int oat_run_add_days(struct oat_run *run, const struct oat_day_set *days)
{
    for (size_t i = 0; i < days->count; i++)
        if (oat_day_set_add(&run->days, days->days[i]) != OAT_OK)
            return oat_run_fail(run, OAT_E_NOMEM, "list the days");
    return OAT_OK;
}

/* ---- Versions ---- */

bool oat_run_knows_file(struct oat_run *run, const char *path, uint64_t *ret_created_ns)
{
    struct oat_disk_file_header header;
    struct oat_file file;
    const char *found;
    size_t len = 0;
    if (oat_file_open(&file, run->store_fd, path, true, &found) != OAT_OK)
        return false;
    int result = oat_file_read(&file, &header, sizeof header, 0, &len);
    oat_file_close(&file);
    if (result != OAT_OK || len < sizeof header || oat_le16_get(header.major) != OAT_FORMAT_MAJOR ||
        oat_le16_get(header.minor) > OAT_FORMAT_MINOR)
        return false;
    *ret_created_ns = oat_le64_get(header.created_ns);
    return true;
}
