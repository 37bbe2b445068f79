/* GET /prompts, /prompts/{name}, /prompts/{name}/pick: what there is, and what a caller gets. */
#ifndef OAT_HTTPD_HANDLE_PROMPTS_H
#define OAT_HTTPD_HANDLE_PROMPTS_H

#include "httpd/router.h"

extern const char *const oat_prompts_parameters[];
void oat_handle_prompts(const struct oat_call *call, struct oat_answer *answer);

extern const char *const oat_prompt_parameters[];
void oat_handle_prompt(const struct oat_call *call, struct oat_answer *answer);

extern const char *const oat_prompt_pick_parameters[];
void oat_handle_prompt_pick(const struct oat_call *call, struct oat_answer *answer);

#endif
