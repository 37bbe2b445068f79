/* Prompts as JSON: docs/api.md has the shapes. Pure. */
#ifndef OAT_HTTPD_PROMPT_JSON_H
#define OAT_HTTPD_PROMPT_JSON_H

#include "format/json_write.h"
#include "reader/prompts.h"

/* One version with what it says, and all versions of its prompt, the newest first. picked_by: why it was
 * chosen; NULL: it was asked for. OAT_OK, OAT_E_NOMEM, OAT_E_CORRUPT: what it says is damaged. */
int oat_json_prompt(struct oat_json *json, const struct oat_prompts *prompts, size_t version,
                    const char *picked_by);

/* A prompt of a list: the one whose first version is `first`, of `count`. */
void oat_json_prompt_summary(struct oat_json *json, const struct oat_prompts *prompts, size_t first,
                             size_t count);

/* Writes the member split of an object that has been begun: the weights by version. */
void oat_json_prompt_split(struct oat_json *json, const struct oat_prompts *prompts, size_t first,
                           size_t count);

#endif
