/* POST /prompts/{name}, PUT .../labels/{label}, PUT .../split: a new version, and who gets which. */
#ifndef OAT_HTTPD_HANDLE_PROMPT_EDIT_H
#define OAT_HTTPD_HANDLE_PROMPT_EDIT_H

#include "httpd/router.h"

void oat_handle_prompt_new(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_prompt_label(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_prompt_split(const struct oat_call *call, struct oat_answer *answer);

#endif
