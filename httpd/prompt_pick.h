/* Which version of a prompt a caller gets. Pure. */
#ifndef OAT_HTTPD_PROMPT_PICK_H
#define OAT_HTTPD_PROMPT_PICK_H

#include "reader/prompts.h"

#define OAT_PROMPT_LABEL_DEFAULT "production"

/* The version for a key, among `count` from `first` on: by their weights, when there is a split; else the one
 * labelled production; else the newest. The same key gets the same version for as long as the split stays,
 * and when it changes, no more keys change their version than have to. *ret_why: "split", "label" or
 * "latest". */
size_t oat_prompt_pick(const struct oat_prompts *prompts, size_t first, size_t count, oat_text key,
                       const char **ret_why);

#endif
