/* What a new version of a prompt says: the body of POST /prompts/{name}. Pure. */
#ifndef OAT_HTTPD_PROMPT_BODY_H
#define OAT_HTTPD_PROMPT_BODY_H

#include "httpd/answer.h"

#define OAT_PROMPT_LABELS_MAX 16u

/* Owns its texts. */
struct oat_prompt_body {
    struct oat_json canonical;           /* template, variables and settings: SPEC.md, Prompts */
    char *labels[OAT_PROMPT_LABELS_MAX]; /* NUL-terminated */
    size_t label_count;
};

/* Reads a body. False: answered. Free it with oat_prompt_body_free, after false, too. */
bool oat_prompt_body_read(const char *bytes, size_t len, struct oat_prompt_body *ret,
                          struct oat_answer *answer);
void oat_prompt_body_free(struct oat_prompt_body *body);

/* Can this be a name or a label? 1 to OAT_PROMPT_NAME_MAX bytes of UTF-8, all of it visible. False, with
 * *ret_error: no. what: the parameter or member. */
bool oat_prompt_name_check(const char *text, size_t len, const char *what, struct oat_query_error *ret_error);

#endif
