#include "httpd/prompt_store.h"

#include <stdio.h>

#include "compactor/prompts_write.h"
#include "httpd/selection.h"
#include "ingest/number.h"

static bool read_prompts(struct oat_prompt_store *s)
{
    char text[OAT_PROBLEM_TEXT_SIZE];
    int result = oat_prompts_read(s->store->fd, &s->problems, &s->prompts);
    const oat_problem *problem = oat_problems_get(&s->problems, 0);
    if (result == OAT_OK)
        return true;
    if (problem)
        oat_answer_error(s->answer, 500, "unreadable", "%s", oat_problem_text(problem, text, sizeof text));
    else
        oat_answer_result(s->answer, result, "reading the prompts");
    return false;
}

static void begin(struct oat_prompt_store *s, const struct oat_lease *lease, struct oat_answer *answer)
{
    *s = (struct oat_prompt_store){.store = lease->store, .lock_fd = -1, .answer = answer};
    oat_problems_init(&s->problems);
}

bool oat_prompt_store_open(struct oat_prompt_store *ret, const struct oat_lease *lease,
                           struct oat_answer *answer)
{
    begin(ret, lease, answer);
    return !ret->store || read_prompts(ret);
}

bool oat_prompt_store_edit(struct oat_prompt_store *ret, const struct oat_lease *lease,
                           struct oat_answer *answer)
{
    begin(ret, lease, answer);
    if (!ret->store) {
        oat_answer_error(answer, 404, "no_store", "there is no store in the directory yet");
        return false;
    }
    int result = oat_prompts_lock(ret->store, &ret->lock_fd);
    if (result != OAT_OK)
        oat_answer_result(answer, result, "locking the prompts");
    return result == OAT_OK && read_prompts(ret);
}

bool oat_prompt_store_save(struct oat_prompt_store *store)
{
    int result = oat_prompts_write(store->store, &store->prompts, oat_selection_now_ns());
    if (result == OAT_E_FULL) {
        store->answer->retry_after_s = 30;
        oat_answer_error(store->answer, 503, "unavailable", "the disk is full");
    } else if (result != OAT_OK) {
        oat_answer_result(store->answer, result, "writing the prompts");
    }
    return result == OAT_OK;
}

void oat_prompt_store_close(struct oat_prompt_store *store)
{
    oat_prompts_clear(&store->prompts);
    oat_problems_clear(&store->problems);
    if (store->lock_fd >= 0)
        oat_prompts_unlock(store->lock_fd);
}

bool oat_prompt_store_find(struct oat_prompt_store *store, oat_text name, size_t *ret_first,
                           size_t *ret_count)
{
    *ret_count = oat_prompts_find(&store->prompts, name, ret_first);
    if (*ret_count == 0)
        oat_answer_error(store->answer, 404, "not_found", "there is no prompt of this name");
    return *ret_count > 0;
}

bool oat_prompt_store_version(struct oat_prompt_store *store, const char *what, oat_text number, size_t first,
                              size_t count, size_t *ret_version)
{
    struct oat_query_error error;
    uint64_t wanted;
    if (!oat_parse_uint(number, &wanted) || wanted == 0) {
        snprintf(error.parameter, sizeof error.parameter, "%s", what);
        snprintf(error.message, sizeof error.message, "expected the number of a version: 1 and on");
        oat_answer_bad_parameter(store->answer, &error);
        return false;
    }
    if (wanted > count) {
        oat_answer_error(store->answer, 404, "not_found", "the prompt has no such version: there are %zu",
                         count);
        return false;
    }
    *ret_version = first + (size_t)wanted - 1;
    return true;
}
