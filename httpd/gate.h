/* The gate: who sends a request. A caller shows a token (Authorization: Bearer) or the cookie of a session
 * that began with one; each token has a role in one project. Where there is no tokens file, everybody is let
 * in as admin of the default project: that is for loopback only. Once there was one, tokens are needed until
 * the daemon ends. The file is read again when it was changed. Any thread. */
#ifndef OAT_HTTPD_GATE_H
#define OAT_HTTPD_GATE_H

#include "access/name.h"
#include "access/role.h"
#include "access/secret.h"
#include "httpd/admit.h"
#include "httpd/project.h"

#define OAT_SESSION_COOKIE "oat_session"

struct oat_gate_options {
    const char *tokens_path;      /* borrowed */
    bool tokens_needed;           /* also where the file is missing: nobody is let in then */
    struct oat_project *projects; /* borrowed; the default one first */
    size_t project_count;
    double requests_per_s; /* of a client; 0: as many as it likes */
};

enum oat_proof { OAT_PROOF_NONE, OAT_PROOF_TOKEN, OAT_PROOF_SESSION };

struct oat_caller {
    enum oat_role role;
    enum oat_proof proof;
    struct oat_project *project;
    char name[OAT_NAME_SIZE];                  /* of the token; "" without */
    uint8_t token_hash[OAT_SECRET_HASH_SIZE];  /* unless OAT_PROOF_NONE */
    uint8_t cookie_hash[OAT_SECRET_HASH_SIZE]; /* of OAT_PROOF_SESSION */
};

struct oat_gate;

/* Reads the tokens. False, with the reason logged: the file is there and cannot be read, or no token is where
 * tokens are needed. */
bool oat_gate_open(const struct oat_gate_options *options, struct oat_gate **ret);
/* Takes NULL. */
void oat_gate_close(struct oat_gate *gate);

/* Tells who sends a request; without any proof, where tokens are needed: one of OAT_ROLE_NONE. False answers
 * 400, 401, 403 or, when too many wrong tokens came from peer (a text), 429. */
bool oat_gate_identify(struct oat_gate *gate, const struct oat_admitted *headers, const char *peer,
                       struct oat_caller *ret, struct oat_answer *answer);

/* The same of a request that is going to be answered: false also when too many came from the caller, with
 * 429. */
bool oat_gate_enter(struct oat_gate *gate, const struct oat_admitted *headers, const char *peer,
                    struct oat_caller *ret, struct oat_answer *answer);

/* Is a caller still whom he was, for one who goes on after his request? False: his token was revoked or is
 * another's, or his session has ended. */
bool oat_gate_still_knows(struct oat_gate *gate, const struct oat_caller *caller);

/* May a caller do what needs a role? False answers 401 or 403. */
bool oat_caller_may(const struct oat_caller *caller, enum oat_role needs, struct oat_answer *answer);

/* Begins a session with a token: *ret_cookie is what the browser is to send. False answers likewise. */
bool oat_gate_login(struct oat_gate *gate, const char *token, size_t len, const char *peer,
                    struct oat_caller *ret, char ret_cookie[OAT_SECRET_SIZE], struct oat_answer *answer);

/* Ends the session whose cookie is in a Cookie header, if there is one. */
void oat_gate_logout(struct oat_gate *gate, const char *cookie_header);

#endif
