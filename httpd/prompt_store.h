/* PROMPTS of the store that a request sees, read or changed; answers what goes wrong. */
#ifndef OAT_HTTPD_PROMPT_STORE_H
#define OAT_HTTPD_PROMPT_STORE_H

#include "httpd/answer.h"
#include "httpd/view.h"
#include "reader/prompts.h"

struct oat_prompt_store {
    const oat_store *store;
    struct oat_prompts prompts;
    struct oat_problems problems;
    int lock_fd; /* -1: not locked */
    struct oat_answer *answer;
};

/* Reads the prompts; without a store there are none. False: answered. Close it in any case. */
bool oat_prompt_store_open(struct oat_prompt_store *ret, const struct oat_lease *lease,
                           struct oat_answer *answer);
/* The same, to change them: nobody else does until it is closed. Without a store: 404. */
bool oat_prompt_store_edit(struct oat_prompt_store *ret, const struct oat_lease *lease,
                           struct oat_answer *answer);
/* Makes the changes durable. False: answered. */
bool oat_prompt_store_save(struct oat_prompt_store *store);
void oat_prompt_store_close(struct oat_prompt_store *store);

/* The versions of the prompt that a path names, decoded. False answers 404. */
bool oat_prompt_store_find(struct oat_prompt_store *store, oat_text name, size_t *ret_first,
                           size_t *ret_count);

/* The index of a version of it by its number as a text. False answers 400 or 404. what: the parameter. */
bool oat_prompt_store_version(struct oat_prompt_store *store, const char *what, oat_text number, size_t first,
                              size_t count, size_t *ret_version);

#endif
