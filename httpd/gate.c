#include "httpd/gate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "access/tokens.h"
#include "httpd/file_stamp.h"
#include "httpd/log.h"
#include "httpd/rate.h"
#include "httpd/sessions.h"

#define LOOK_EVERY_NS      UINT64_C(250000000) /* whether the file was changed */
#define WRONG_TOKENS       10                  /* of one address at once, then one each */
#define WRONG_TOKENS_PER_S (10 / 60.0)

struct oat_gate {
    struct oat_gate_options options;
    struct oat_sessions *sessions;
    struct oat_rate *wrong_tokens; /* by peer */
    struct oat_rate *requests;     /* by token, else by peer; NULL: no limit */
    pthread_mutex_t lock;          /* of what follows */
    struct oat_tokens tokens;
    bool tokens_needed;
    uint64_t looked_ns;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- The tokens, with the lock held -------------------------------------------------------------- */

/* A file that is gone has no tokens. False: it cannot be read, which was logged; those known before count. */
static bool read_tokens(struct oat_gate *gate)
{
    struct oat_tokens tokens = {0};
    char why[OAT_TOKENS_WHY_SIZE];
    int result = oat_tokens_read(gate->options.tokens_path, &tokens, why);
    if (result != OAT_OK && result != OAT_NOTFOUND) {
        oat_log(OAT_LOG_ERROR, "tokens: %s", why);
        return false;
    }
    gate->tokens_needed |= result == OAT_OK;
    oat_tokens_free(&gate->tokens);
    gate->tokens = tokens;
    return true;
}

static void refresh(struct oat_gate *gate, uint64_t now)
{
    if (now - gate->looked_ns < LOOK_EVERY_NS)
        return;
    gate->looked_ns = now;
    struct stat file = oat_file_stamp(gate->options.tokens_path);
    if (!oat_file_stamp_is(&file, &gate->tokens.file) && !read_tokens(gate))
        gate->tokens.file = file; /* told once */
}

static struct oat_project *find_project(const struct oat_gate *gate, const char *name)
{
    for (size_t i = 0; i < gate->options.project_count; i++)
        if (strcmp(gate->options.projects[i].name, name) == 0)
            return &gate->options.projects[i];
    return NULL;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

bool oat_gate_open(const struct oat_gate_options *options, struct oat_gate **ret)
{
    struct oat_gate *gate = calloc(1, sizeof *gate);
    bool ok = false;
    if (gate) {
        gate->options = *options;
        gate->tokens_needed = options->tokens_needed;
        gate->sessions = oat_sessions_new();
        gate->wrong_tokens = oat_rate_new(WRONG_TOKENS, WRONG_TOKENS_PER_S);
        pthread_mutex_init(&gate->lock, NULL);
    }
    if (gate && options->requests_per_s > 0)
        gate->requests = oat_rate_new(fmax(1, options->requests_per_s), options->requests_per_s);
    if (!gate || !gate->sessions || !gate->wrong_tokens || (options->requests_per_s > 0 && !gate->requests))
        oat_log(OAT_LOG_ERROR, "tokens: %s", oat_result_text(OAT_E_NOMEM));
    else
        ok = read_tokens(gate);
    if (ok && options->tokens_needed && gate->tokens.count == 0) {
        oat_log(OAT_LOG_ERROR, "%s has no token: make one with oat token add", options->tokens_path);
        ok = false;
    }
    if (ok)
        *ret = gate;
    else
        oat_gate_close(gate);
    return ok;
}

void oat_gate_close(struct oat_gate *gate)
{
    if (!gate)
        return;
    oat_tokens_free(&gate->tokens);
    oat_sessions_free(gate->sessions);
    oat_rate_free(gate->wrong_tokens);
    oat_rate_free(gate->requests);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

/* ---- Answers ------------------------------------------------------------------------------------- */

/* The valid ones of an address get in however many wrong ones it sends. */
static bool refuse_token(struct oat_gate *gate, const char *peer, struct oat_answer *answer)
{
    if (oat_rate_take(gate->wrong_tokens, peer, strlen(peer), 1, now_ns(), &answer->retry_after_s))
        oat_answer_error(answer, 401, "unauthorized", "this token is not known here, or was revoked");
    else
        oat_answer_error(answer, 429, "too_many_attempts", "too many wrong tokens came from this address");
    return false;
}

bool oat_caller_may(const struct oat_caller *caller, enum oat_role needs, struct oat_answer *answer)
{
    if (oat_role_may(caller->role, needs))
        return true;
    if (caller->proof == OAT_PROOF_NONE)
        oat_answer_error(answer, 401, "unauthorized",
                         "a token is needed: send Authorization: Bearer TOKEN, or log in");
    else
        oat_answer_error(answer, 403, "forbidden", "this needs the role %s; the token %s has the role %s",
                         oat_role_name(needs), caller->name, oat_role_name(caller->role));
    return false;
}

/* ---- Proofs -------------------------------------------------------------------------------------- */

enum found { FOUND, NO_TOKEN, NO_PROJECT };

/* Who shows a token: *ret is set when he is found. */
static enum found find_token(struct oat_gate *gate, const uint8_t hash[OAT_SECRET_HASH_SIZE],
                             enum oat_proof proof, struct oat_caller *ret)
{
    enum found found = NO_TOKEN;
    pthread_mutex_lock(&gate->lock);
    const struct oat_token *token = oat_tokens_find(&gate->tokens, hash);
    if (token) {
        struct oat_project *project = find_project(gate, token->project);
        found = project ? FOUND : NO_PROJECT;
        if (project) {
            *ret = (struct oat_caller){.role = token->role, .proof = proof, .project = project};
            strcpy(ret->name, token->name);
            memcpy(ret->token_hash, hash, sizeof ret->token_hash);
        }
    }
    pthread_mutex_unlock(&gate->lock);
    return found;
}

static bool identify_token(struct oat_gate *gate, const char *text, size_t len, const char *peer,
                           uint8_t ret_hash[OAT_SECRET_HASH_SIZE], struct oat_caller *ret,
                           struct oat_answer *answer)
{
    if (!oat_secret_hash(text, len, ret_hash)) {
        oat_answer_result(answer, OAT_E_NOMEM, "reading the token");
        return false;
    }
    enum found found = find_token(gate, ret_hash, OAT_PROOF_TOKEN, ret);
    if (found == NO_TOKEN)
        return refuse_token(gate, peer, answer);
    if (found == NO_PROJECT)
        oat_answer_error(answer, 403, "forbidden", "the project of this token is not served here");
    return found == FOUND;
}

/* The value of our cookie in a Cookie header; NULL: none. */
static const char *find_cookie(const char *header, size_t *ret_len)
{
    static const char name[] = OAT_SESSION_COOKIE "=";
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t;");
        size_t len = strcspn(at, ";");
        if (strncmp(at, name, sizeof name - 1) == 0) {
            *ret_len = len - (sizeof name - 1);
            return at + sizeof name - 1;
        }
        at += len;
    }
    return NULL;
}

/* A session that has ended is like none. A browser sends the cookie whatever page asks: what changes
 * something has to come from ours. */
static bool identify_session(struct oat_gate *gate, const struct oat_admitted *headers,
                             struct oat_caller *ret, struct oat_answer *answer)
{
    uint8_t hash[OAT_SECRET_HASH_SIZE], cookie_hash[OAT_SECRET_HASH_SIZE];
    size_t len;
    const char *cookie = find_cookie(headers->cookie, &len);
    if (!cookie || !oat_sessions_find(gate->sessions, cookie, len, now_ns(), hash) ||
        !oat_secret_hash(cookie, len, cookie_hash) || find_token(gate, hash, OAT_PROOF_SESSION, ret) != FOUND)
        return true;
    memcpy(ret->cookie_hash, cookie_hash, sizeof cookie_hash);
    if (!headers->changes || (headers->origin && oat_origin_is_host(headers->origin, headers->host)))
        return true;
    oat_answer_error(answer, 403, "forbidden_origin",
                     "with a cookie, what changes something needs an Origin header that names this server");
    return false;
}

/* Is everybody let in? */
static bool is_open(struct oat_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    refresh(gate, now_ns());
    bool open = !gate->tokens_needed;
    pthread_mutex_unlock(&gate->lock);
    return open;
}

bool oat_gate_identify(struct oat_gate *gate, const struct oat_admitted *headers, const char *peer,
                       struct oat_caller *ret, struct oat_answer *answer)
{
    static const char scheme[] = "Bearer ";
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    bool open = is_open(gate);

    *ret = (struct oat_caller){
        .role = open ? OAT_ROLE_ADMIN : OAT_ROLE_NONE,
        .project = &gate->options.projects[0],
    };
    if (open || (!headers->authorization && !headers->cookie))
        return true;
    if (!headers->authorization)
        return identify_session(gate, headers, ret, answer);
    if (strncasecmp(headers->authorization, scheme, sizeof scheme - 1) != 0) {
        oat_answer_error(answer, 401, "unauthorized", "expected Authorization: Bearer TOKEN");
        return false;
    }
    const char *token = headers->authorization + sizeof scheme - 1;
    token += strspn(token, " ");
    return identify_token(gate, token, strlen(token), peer, hash, ret, answer);
}

/* Programs of this machine are let in without a token: they are not many users. */
static bool is_local(const char *peer)
{
    return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0;
}

static bool take_request(struct oat_gate *gate, const struct oat_caller *caller, const char *peer,
                         struct oat_answer *answer)
{
    bool named = caller->proof != OAT_PROOF_NONE;
    const char *key = named ? (const char *)caller->token_hash : peer;
    size_t len = named ? sizeof caller->token_hash : strlen(peer);
    if (!gate->requests || (!named && is_local(peer)) ||
        oat_rate_take(gate->requests, key, len, 1, now_ns(), &answer->retry_after_s))
        return true;
    oat_answer_error(answer, 429, "too_many_requests", "%s sends more than %g requests a second",
                     named ? caller->name : "this address", gate->options.requests_per_s);
    return false;
}

bool oat_gate_enter(struct oat_gate *gate, const struct oat_admitted *headers, const char *peer,
                    struct oat_caller *ret, struct oat_answer *answer)
{
    return oat_gate_identify(gate, headers, peer, ret, answer) && take_request(gate, ret, peer, answer);
}

bool oat_gate_still_knows(struct oat_gate *gate, const struct oat_caller *caller)
{
    struct oat_caller now;
    if (is_open(gate))
        return true;
    if (caller->proof == OAT_PROOF_NONE || find_token(gate, caller->token_hash, caller->proof, &now) != FOUND)
        return false;
    return now.role == caller->role && now.project == caller->project &&
           (caller->proof != OAT_PROOF_SESSION ||
            oat_sessions_lives(gate->sessions, caller->cookie_hash, now_ns()));
}

/* ---- Sessions ------------------------------------------------------------------------------------ */

bool oat_gate_login(struct oat_gate *gate, const char *token, size_t len, const char *peer,
                    struct oat_caller *ret, char ret_cookie[OAT_SECRET_SIZE], struct oat_answer *answer)
{
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    if (!identify_token(gate, token, len, peer, hash, ret, answer))
        return false;
    ret->proof = OAT_PROOF_SESSION;
    if (oat_sessions_begin(gate->sessions, hash, now_ns(), ret_cookie))
        return true;
    oat_answer_result(answer, OAT_E_NOMEM, "beginning a session");
    return false;
}

void oat_gate_logout(struct oat_gate *gate, const char *cookie_header)
{
    size_t len;
    const char *cookie = find_cookie(cookie_header, &len);
    if (cookie)
        oat_sessions_end(gate->sessions, cookie, len);
}
