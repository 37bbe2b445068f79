#include "tests/support/run_model_compact.h"

#include "compactor/compact.h"
#include "format/day.h"
#include "tests/support/run_view.h"

#include <stdlib.h>
#include <time.h>

#define MEMORY_BYTES (UINT64_C(32) << 20)

static uint32_t today(void)
{
    return (uint32_t)((uint64_t)time(NULL) * 1000000000 / OAT_DAY_NS);
}

static void note_problem(void *arg, const oat_problem *problem)
{
    char text[400];
    if (problem->kind != OAT_PROBLEM_TORN)
        oat_model_fail(arg, "compacting: %s", oat_problem_text(problem, text, sizeof text));
}

static void run(struct oat_model *m, struct oat_compact_options options)
{
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    oat_store *store;
    int result = oat_store_open(m->dir, &store);
    if (result == OAT_NOTFOUND && m->writer_count == 0)
        return;
    if (result != OAT_OK) {
        oat_model_fail(m, "the store cannot be opened: %s", oat_result_text(result));
        return;
    }
    options.memory_bytes = MEMORY_BYTES;
    options.problem = note_problem;
    options.arg = m;
    if (oat_compact_run(store, &options, &summary, why) != OAT_OK)
        oat_model_fail(m, "oat_compact_run: %s", why);
    oat_store_close(store);
}

void oat_model_compact(struct oat_model *model, const struct oat_model_op *op)
{
    run(model, (struct oat_compact_options){.full = op->a % 2,
                                            .threads = 1 + op->b % 2,
                                            .before_day = op->c % 4 ? UINT32_MAX : today()});
    if (!model->failed)
        oat_model_check(model);
}

/* ---- Retention ---- */

static void read_manifest(struct oat_model *m, const struct oat_run_view *view, struct oat_manifest *ret)
{
    struct oat_problems problems;
    oat_problems_init(&problems);
    if (oat_manifest_read(view->store->fd, &problems, ret) != OAT_OK)
        oat_model_fail(m, "MANIFEST cannot be read");
    oat_problems_clear(&problems);
}

static uint64_t bytes_of(const struct oat_manifest *manifest)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < manifest->part_count; i++)
        bytes += manifest->parts[i].part_bytes + manifest->parts[i].pack_bytes;
    return bytes;
}

static bool has_day(const struct oat_manifest *manifest, uint32_t day)
{
    bool has = false;
    for (size_t i = 0; i < manifest->part_count; i++)
        has = has || manifest->parts[i].day == day;
    return has;
}

/* Spans are forgotten that were shown and lay on a day which is gone. Where a score went is the compactor's
 * matter: from now on those given so far may be there or not. */
static void forget(struct oat_model *m, const struct oat_run_view *before, const struct oat_manifest *left)
{
    for (size_t i = 0; i < m->span_count; i++) {
        struct oat_model_span *span = m->spans[i];
        size_t index = oat_run_view_find(before, span->want.trace_id, span->want.span_id);
        if (index != SIZE_MAX && !has_day(left, oat_day_of(before->spans[index].start_ns)))
            span->state = OAT_MODEL_RETIRED;
    }
    for (size_t i = 0; i < m->score_count; i++)
        m->scores[i].may_be_retired = true;
}

void oat_model_retain(struct oat_model *model, const struct oat_model_op *op)
{
    struct oat_run_view before;
    struct oat_manifest manifest = {0}, left = {0};
    struct oat_compact_options options = {.before_day = UINT32_MAX};
    run(model, options);
    if (!model->failed)
        oat_model_check(model);
    if (model->failed || oat_run_view_open(model->dir, &before) != OAT_OK)
        return;
    read_manifest(model, &before, &manifest);
    options.retention.max_bytes = bytes_of(&manifest) * (op->a % 100) / 100 + 1;
    run(model, options);
    read_manifest(model, &before, &left);
    if (bytes_of(&left) > options.retention.max_bytes)
        oat_model_fail(model, "parts of %d bytes are left, not %d at most", (int)bytes_of(&left),
                       (int)options.retention.max_bytes);
    if (left.part_count < manifest.part_count)
        forget(model, &before, &left);
    oat_run_view_close(&before);
    oat_manifest_clear(&manifest);
    oat_manifest_clear(&left);
    if (!model->failed)
        oat_model_check(model);
}
