/* POST /traces/{id}/feedback and /spans/{id}/scores: what people, code and models think of them. docs/api.md
 * has the bodies. */
#ifndef OAT_HTTPD_HANDLE_SCORES_H
#define OAT_HTTPD_HANDLE_SCORES_H

#include "httpd/router.h"

extern const char *const oat_scores_parameters[];

void oat_handle_feedback(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_scores(const struct oat_call *call, struct oat_answer *answer);

#endif
