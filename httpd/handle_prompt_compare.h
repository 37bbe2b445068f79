/* GET /prompts/{name}/compare: two versions by what their calls came to. */
#ifndef OAT_HTTPD_HANDLE_PROMPT_COMPARE_H
#define OAT_HTTPD_HANDLE_PROMPT_COMPARE_H

#include "httpd/router.h"

extern const char *const oat_prompt_compare_parameters[];
void oat_handle_prompt_compare(const struct oat_call *call, struct oat_answer *answer);

#endif
