/* A small HTTP client: one POST at a time, answered piece by piece. */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stddef.h>

/* Called for each piece of the body as it arrives. */
typedef void (*agent_on_data)(void *arg, const char *bytes, size_t len);

/* Posts JSON to url (http:// only) and hands the body to on_data. bearer NULL: no Authorization.
 * Returns the HTTP status; 0: no answer, and *ret_error says why (static storage). Blocks, for
 * at most timeout_s without a byte. */
int agent_http_post(const char *url, const char *bearer, const char *body, int timeout_s,
                    agent_on_data on_data, void *arg, const char **ret_error);

/* Frees what the HTTP library keeps until the program ends. */
void agent_http_shutdown(void);

#endif
