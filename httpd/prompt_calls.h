/* What the calls of one version of a prompt came to. */
#ifndef OAT_HTTPD_PROMPT_CALLS_H
#define OAT_HTTPD_PROMPT_CALLS_H

#include "httpd/answer.h"
#include "httpd/statistics.h"
#include "httpd/view.h"
#include "httpd/window.h"

#define OAT_PROMPT_CALLS_MAX  50000u /* the newest calls of a version */
#define OAT_PROMPT_TRACES_MAX 2000u  /* of these, the newest traces that are asked for scores */

struct oat_prompt_calls {
    size_t calls, errors;
    struct oat_sample cost, tokens, latency_ms, score; /* of those that reported one */
    bool limited;                                      /* there are more than were looked at */
    bool partial;                                      /* files could not be read */
};

/* Which calls: llm spans of this prompt and version that started in the window. */
struct oat_prompt_choice {
    oat_text name;
    uint32_t version;
    struct oat_window window;
    oat_text score; /* scores of this name; bytes NULL: of any */
};

/* Collects them; without a store: none. False: answered. */
bool oat_prompt_calls_collect(const struct oat_lease *lease, const struct oat_prompt_choice *choice,
                              struct oat_prompt_calls *ret, struct oat_answer *answer);

#endif
