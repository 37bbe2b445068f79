#include "httpd/sessions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_NS ((uint64_t)OAT_SESSION_IDLE_S * 1000000000u)

/* Found by the hash of its cookie, so how long a search takes tells nothing of a cookie. */
struct session {
    uint8_t cookie_hash[OAT_SECRET_HASH_SIZE];
    uint8_t token_hash[OAT_SECRET_HASH_SIZE];
    uint64_t used_ns;
};

struct oat_sessions {
    pthread_mutex_t lock;
    size_t count;
    struct session rows[OAT_SESSIONS_MAX];
};

struct oat_sessions *oat_sessions_new(void)
{
    struct oat_sessions *sessions = malloc(sizeof *sessions);
    if (!sessions)
        return NULL;
    sessions->count = 0;
    pthread_mutex_init(&sessions->lock, NULL);
    return sessions;
}

void oat_sessions_free(struct oat_sessions *sessions)
{
    if (!sessions)
        return;
    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

/* ---- Called with the lock ---- */

static void drop(struct oat_sessions *sessions, struct session *session)
{
    *session = sessions->rows[--sessions->count];
}

static struct session *least_used(struct oat_sessions *sessions)
{
    struct session *least = sessions->rows;
    for (size_t i = 1; i < sessions->count; i++)
        if (sessions->rows[i].used_ns < least->used_ns)
            least = &sessions->rows[i];
    return least;
}

static struct session *find(struct oat_sessions *sessions, const uint8_t cookie_hash[OAT_SECRET_HASH_SIZE])
{
    for (size_t i = 0; i < sessions->count; i++)
        if (memcmp(sessions->rows[i].cookie_hash, cookie_hash, OAT_SECRET_HASH_SIZE) == 0)
            return &sessions->rows[i];
    return NULL;
}

static bool is_idle(const struct session *session, uint64_t now_ns)
{
    return now_ns > session->used_ns && now_ns - session->used_ns > IDLE_NS;
}

/* ---- */

bool oat_sessions_begin(struct oat_sessions *sessions, const uint8_t token_hash[OAT_SECRET_HASH_SIZE],
                        uint64_t now_ns, char ret_cookie[OAT_SECRET_SIZE])
{
    struct session session = {.used_ns = now_ns};
    if (!oat_secret_new("", ret_cookie) ||
        !oat_secret_hash(ret_cookie, strlen(ret_cookie), session.cookie_hash))
        return false;
    memcpy(session.token_hash, token_hash, sizeof session.token_hash);
    pthread_mutex_lock(&sessions->lock);
    if (sessions->count == OAT_SESSIONS_MAX)
        drop(sessions, least_used(sessions));
    sessions->rows[sessions->count++] = session;
    pthread_mutex_unlock(&sessions->lock);
    return true;
}

bool oat_sessions_find(struct oat_sessions *sessions, const char *cookie, size_t len, uint64_t now_ns,
                       uint8_t ret_token_hash[OAT_SECRET_HASH_SIZE])
{
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    if (!oat_secret_hash(cookie, len, hash))
        return false;
    pthread_mutex_lock(&sessions->lock);
    struct session *session = find(sessions, hash);
    bool lives = session && !is_idle(session, now_ns);
    if (lives) {
        session->used_ns = now_ns;
        memcpy(ret_token_hash, session->token_hash, sizeof session->token_hash);
    } else if (session) {
        drop(sessions, session);
    }
    pthread_mutex_unlock(&sessions->lock);
    return lives;
}

bool oat_sessions_lives(struct oat_sessions *sessions, const uint8_t cookie_hash[OAT_SECRET_HASH_SIZE],
                        uint64_t now_ns)
{
    pthread_mutex_lock(&sessions->lock);
    const struct session *session = find(sessions, cookie_hash);
    bool lives = session && !is_idle(session, now_ns);
    pthread_mutex_unlock(&sessions->lock);
    return lives;
}

void oat_sessions_end(struct oat_sessions *sessions, const char *cookie, size_t len)
{
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    if (!oat_secret_hash(cookie, len, hash))
        return;
    pthread_mutex_lock(&sessions->lock);
    struct session *session = find(sessions, hash);
    if (session)
        drop(sessions, session);
    pthread_mutex_unlock(&sessions->lock);
}
