/* Sessions of browsers: a random cookie stands for the token that somebody logged in with, until he logs out
 * or does nothing for OAT_SESSION_IDLE_S. They live in memory, and end with the daemon. Any thread. */
#ifndef OAT_HTTPD_SESSIONS_H
#define OAT_HTTPD_SESSIONS_H

#include "access/secret.h"

#define OAT_SESSION_IDLE_S (12u * 3600)
#define OAT_SESSIONS_MAX   4096u /* one more ends the one that was not used for longest */

struct oat_sessions;

/* NULL: out of memory. */
struct oat_sessions *oat_sessions_new(void);
/* Takes NULL. */
void oat_sessions_free(struct oat_sessions *sessions);

/* Begins one for a token, at a time (CLOCK_MONOTONIC); *ret_cookie is its secret. False: out of memory or of
 * random numbers. */
bool oat_sessions_begin(struct oat_sessions *sessions, const uint8_t token_hash[OAT_SECRET_HASH_SIZE],
                        uint64_t now_ns, char ret_cookie[OAT_SECRET_SIZE]);

/* The hash of the token behind a cookie, which counts as used now. False: there is no such session any more.
 */
bool oat_sessions_find(struct oat_sessions *sessions, const char *cookie, size_t len, uint64_t now_ns,
                       uint8_t ret_token_hash[OAT_SECRET_HASH_SIZE]);

/* Is there still a session, by the SHA-256 of its cookie? It does not count as used. */
bool oat_sessions_lives(struct oat_sessions *sessions, const uint8_t cookie_hash[OAT_SECRET_HASH_SIZE],
                        uint64_t now_ns);

/* Ends one, if there is any. */
void oat_sessions_end(struct oat_sessions *sessions, const char *cookie, size_t len);

#endif
