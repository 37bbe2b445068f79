/* Asks the daemon's routes without a socket; for cmocka tests. */
#ifndef OAT_TESTS_RUN_ASK_H
#define OAT_TESTS_RUN_ASK_H

#include <jansson.h>

#include "httpd/router.h"

/* Answers a request of an administrator; query, body NULL: none. The caller frees the answer's body. */
struct oat_answer oat_run_request(struct oat_project *project, const struct oat_lease *lease,
                                  const char *method, const char *path, const char *query, const char *body);

/* Answers a request over the store of a directory; query, body NULL: none. Fails the test unless the answer
 * has that status and is JSON, which is the caller's: json_decref. */
json_t *oat_run_ask(const char *dir, const char *method, const char *path, const char *query,
                    const char *body, int status);

/* A GET that must be answered with 200. */
json_t *oat_run_get(const char *dir, const char *path, const char *query);

#endif
