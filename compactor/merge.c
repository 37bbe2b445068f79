#include "compactor/merge.h"

#include "compactor/forget.h"
#include "compactor/sweep.h"
#include "format/day.h"
#include "reader/part_find.h"

#include <stdio.h>
#include <stdlib.h>

/* The parts of one day: they follow each other in MANIFEST. */
struct day {
    uint32_t day;
    const struct oat_manifest_part *parts;
    size_t count;
};

static struct day day_at(const struct oat_manifest *manifest, size_t first)
{
    struct day day = {.day = manifest->parts[first].day, .parts = &manifest->parts[first]};
    while (first + day.count < manifest->part_count && day.parts[day.count].day == day.day)
        day.count++;
    return day;
}

/* ---- Which days ---- */

/* What one build wrote in several parts, because its memory was too small for one, it would write so
 * again. */
static bool is_of_one_build(struct oat_run *run, const struct day *day)
{
    uint64_t first_ns = 0;
    for (size_t i = 0; i < day->count; i++) {
        char path[64];
        uint64_t created_ns = 0;
        oat_part_file_name(&day->parts[i], "part", path);
        if (!oat_run_knows_file(run, path, &created_ns))
            return false;
        if (i == 0)
            first_ns = created_ns;
        if (created_ns != first_ns)
            return false;
    }
    return true;
}

/* True when the part holds a trace that is hidden, or something that is forgotten. A part that is newer than
 * the catalog was built with it. */
static bool is_masked(const struct oat_run *run, const struct oat_manifest_part *entry,
                      struct oat_problems *problems)
{
    const struct oat_catalog_list *tombstones = &run->catalog.tombstones;
    struct oat_part *part;
    bool masked = false;
    if (entry->generation > run->manifest.catalog_generation)
        return false;
    if (oat_forget_holds_part(run, entry))
        return true;
    if (tombstones->count == 0 || oat_part_open(run->store_fd, entry, problems, &part) != OAT_OK)
        return false;
    for (size_t i = 0; i < tombstones->count && !masked; i++)
        masked = oat_part_find_trace(part, tombstones->entries[i].of) != OAT_NO_TRACE;
    oat_part_close(part);
    return masked;
}

static bool is_due(struct oat_run *run, const struct day *day)
{
    struct oat_problems problems;
    bool due = run->options->full && day->count > 1 && day->day < run->options->before_day &&
               !is_of_one_build(run, day);
    due = due || (run->options->reprice && oat_day_set_has(run->options->reprice->days, day->day));
    oat_problems_init(&problems);
    for (size_t i = 0; i < day->count && !due; i++)
        due = is_masked(run, &day->parts[i], &problems);
    oat_problems_clear(&problems);
    return due;
}

static int list_due(struct oat_run *run, struct oat_day_set *ret)
{
    for (size_t i = 0; i < run->manifest.part_count;) {
        struct day day = day_at(&run->manifest, i);
        i += day.count;
        if (is_due(run, &day) && oat_day_set_add(ret, day.day) != OAT_OK)
            return oat_run_fail(run, OAT_E_NOMEM, "list the days to be merged");
    }
    return OAT_OK;
}

/* ---- One day ---- */

static uint64_t bytes_of(const struct day *day)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < day->count; i++)
        bytes += day->parts[i].part_bytes + day->parts[i].pack_bytes;
    return bytes;
}

/* OAT_NOTFOUND: one of them cannot be rewritten. */
static int open_sources(struct oat_run *run, const struct day *day, struct oat_sources **ret)
{
    struct oat_sources *sources = NULL;
    int result = oat_run_open_sources(run, &sources);
    for (size_t i = 0; i < day->count && result == OAT_OK; i++) {
        char path[64];
        uint64_t created_ns;
        oat_part_file_name(&day->parts[i], "part", path);
        result = oat_run_knows_file(run, path, &created_ns) ? oat_sources_add_part(sources, &day->parts[i])
                                                            : OAT_NOTFOUND;
    }
    if (result == OAT_OK) {
        *ret = sources;
        return OAT_OK;
    }
    oat_sources_close(sources);
    if (result == OAT_E_NOMEM || result == OAT_E_IO)
        return oat_run_fail(run, result, "open the parts of a day");
    return OAT_NOTFOUND;
}

static int replace(struct oat_run *run, const struct day *day, const struct oat_build_output *output)
{
    struct oat_manifest_retired *retired = calloc(day->count, sizeof *retired);
    if (!retired)
        return oat_run_fail(run, OAT_E_NOMEM, "merge a day");
    for (size_t i = 0; i < day->count; i++)
        retired[i] = (struct oat_manifest_retired){day->day, day->parts[i].generation};
    struct oat_change change = {.added = output->parts,
                                .added_count = output->part_count,
                                .retired = retired,
                                .retired_count = day->count};
    uint64_t merged = day->count, bytes = bytes_of(day); /* the publication moves the parts of the day */
    int result = oat_run_publish(run, &change);
    free(retired);
    if (result == OAT_OK) {
        run->summary.parts_merged += merged;
        run->summary.parts_written += output->part_count;
        run->summary.bytes_before += bytes;
        run->summary.bytes_after += output->stored_bytes;
    }
    return result;
}

static int merge_day(struct oat_run *run, const struct day *day)
{
    struct oat_day_set days = {.days = (uint32_t[]){day->day}, .count = 1};
    struct oat_build_output output;
    struct oat_sources *sources = NULL;
    char step[64], date[OAT_DAY_TEXT_SIZE];
    bool damaged = false;
    oat_day_print(day->day, date);
    snprintf(step, sizeof step, "merging %s", date);
    int result = open_sources(run, day, &sources);
    if (result == OAT_NOTFOUND) {
        run->summary.damaged_days++;
        return OAT_OK;
    }
    if (result != OAT_OK)
        return result;
    result = oat_run_build(run, sources, NULL, &days, step, &output, &damaged);
    oat_sources_close(sources);
    if (result != OAT_OK)
        return result;
    if (!damaged) {
        result = replace(run, day, &output);
    } else {
        run->summary.damaged_days++;
        result = oat_sweep(run->store_fd, &run->manifest);
        if (result != OAT_OK)
            oat_run_fail(run, result, "cannot remove the remains of %s", step);
    }
    free(output.parts);
    return result;
}

/* ---- All ---- */

int oat_merge_days(struct oat_run *run)
{
    struct oat_day_set due = {0};
    size_t next = 0;
    int result = list_due(run, &due);
    if (result == OAT_OK)
        result = oat_run_add_days(run, &due);
    for (size_t i = 0; i < run->manifest.part_count && result == OAT_OK && next < due.count;) {
        struct day day = day_at(&run->manifest, i);
        if (day.day != due.days[next]) {
            i += day.count;
            continue;
        }
        next++;
        if (run->options->dry_run) {
            run->summary.parts_merged += day.count;
            run->summary.bytes_before += bytes_of(&day);
        } else {
            result = merge_day(run, &day);
            i = 0; /* the list of parts is another one */
        }
    }
    free(due.days);
    return result;
}
