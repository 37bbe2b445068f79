#include "tests/support/run_model_compact.h"

#include "compactor/compact.h"
#include "format/day.h"
#include "reader/store.h"
#include "reader/text_match.h"
#include "tests/support/run_model_secret.h"
#include "tests/support/run_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* A living writer's files may hold what is forgotten, and be written to meanwhile. */
static void check(struct oat_model *m, const struct oat_compact_options *options)
{
    if (!m->failed)
        oat_model_check_erased(m, options->before_day != UINT32_MAX || oat_model_any_actor(m));
    if (!m->failed)
        oat_model_check(m);
}

void oat_model_compact(struct oat_model *model, const struct oat_model_op *op)
{
    const struct oat_compact_options options = {
        .full = op->a % 2, .threads = 1 + op->b % 2, .before_day = op->c % 4 ? UINT32_MAX : today()};
    run(model, options);
    check(model, &options);
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

/* Spans are retired that were shown and lay on a day which is gone. Where a score went is the compactor's
 * matter: from now on those given so far may be there or not. */
static void retire(struct oat_model *m, const struct oat_run_view *before, const struct oat_manifest *left)
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
    check(model, &options);
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
        retire(model, &before, &left);
    oat_run_view_close(&before);
    oat_manifest_clear(&manifest);
    oat_manifest_clear(&left);
    check(model, &options);
}

/* ---- Forgetting ---- */

/* True when the word is in a text or payload of a span that is shown. */
static bool is_shown(struct oat_model *m, oat_text word)
{
    struct oat_run_view view;
    const oat_search_query query = {.text = word, .limit = 1};
    oat_search *search = NULL;
    bool shown = false;
    if (m->failed || oat_run_view_open(m->dir, &view) != OAT_OK)
        return false;
    for (size_t i = 0; i < view.count * OAT_TEXT_FIELDS && !shown; i++) {
        oat_text text = view.spans[i / OAT_TEXT_FIELDS].text[i % OAT_TEXT_FIELDS];
        shown = text.bytes && memmem(text.bytes, text.len, word.bytes, word.len);
    }
    int result = oat_search_open(view.snapshot, &query, &search);
    if (result == OAT_OK)
        shown = oat_search_count(search) > 0 || shown;
    else
        oat_model_fail(m, "oat_search_open: %s", oat_result_text(result));
    oat_search_close(search);
    oat_run_view_close(&view);
    return shown;
}

static void note_forgotten(struct oat_model *m, uint32_t number, const struct oat_forget *forget, bool shown)
{
    bool again = m->secrets[number].forgotten;
    if (again && (shown || forget->contents > 0))
        oat_model_fail(m, "what is forgotten is %s again", shown ? "shown" : "found");
    else if (forget->contents > 1 || (shown && forget->contents == 0))
        oat_model_fail(m, "%d contents are found, not 1", (int)forget->contents);
    else if (forget->contents == 1)
        oat_model_secret_forget(m, number, forget->redaction_id);
    for (size_t i = 0; i < forget->held_count; i++)
        if (!forget->held[i].alive || !forget->held[i].readable)
            oat_model_fail(m, "%s still holds what is forgotten", forget->held[i].path);
}

/* What was held before, and still is there, has to be named. */
static void check_named(struct oat_model *m, const struct oat_forget *forget,
                        char (*paths)[OAT_RUN_PATH_SIZE], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char path[2 * OAT_RUN_PATH_SIZE];
        bool named = false;
        for (size_t j = 0; j < forget->held_count; j++)
            named = named || strcmp(forget->held[j].path, paths[i]) == 0;
        snprintf(path, sizeof path, "%s/%s", m->dir, paths[i]);
        if (!named && access(path, F_OK) == 0)
            oat_model_fail(m, "%s holds what is forgotten, and is not named", paths[i]);
    }
}

void oat_model_forget(struct oat_model *model, const struct oat_model_op *op)
{
    uint32_t number = op->a % OAT_MODEL_SECRETS;
    oat_text word = oat_model_secret_word(model, number);
    oat_text content = oat_model_secret_content(model, number);
    struct oat_text_match *match = NULL;
    oat_store *store;
    if (oat_store_open(model->dir, &store) != OAT_OK)
        return;
    oat_content_id id = oat_content_id_of(content.bytes, content.len, oat_le64_get(store->header.hash_seed));
    oat_store_close(store);
    if (op->b % 2 && oat_text_match_create(word.bytes, word.len, &match) != OAT_OK)
        abort();
    struct oat_forget forget = {
        .match = match, .content_id = match ? NULL : id.b, .reason = op->b / 2 % 4 ? NULL : content.bytes};
    const struct oat_compact_options options = {
        .threads = 1 + op->c % 2, .before_day = UINT32_MAX, .forget = &forget};
    char(*holding)[OAT_RUN_PATH_SIZE];
    size_t holding_count = oat_model_list_holding(model, number, &holding);
    bool shown = is_shown(model, word);
    if (!model->failed)
        run(model, options);
    if (!model->failed)
        note_forgotten(model, number, &forget, shown);
    if (!model->failed)
        check_named(model, &forget, holding, holding_count);
    free(holding);
    check(model, &options);
    free(forget.held);
    oat_text_match_free(match);
}
