/* A body that is a JSON object. */
#ifndef OAT_HTTPD_JSON_BODY_H
#define OAT_HTTPD_JSON_BODY_H

#include "httpd/router.h"
#include "ingest/json_value.h"

#define OAT_JSON_BODY_ROOT 1u /* the object's node */

struct oat_json_body {
    struct oat_json_doc doc; /* borrows the call's body */
    struct oat_arena arena;
};

/* Reads the body of a call. False answers 400 bad_json, or bad_parameter: it is no object. Free it with
 * oat_json_body_free in any case; do not move it. */
bool oat_json_body_read(const struct oat_call *call, struct oat_json_body *ret, struct oat_answer *answer);
void oat_json_body_free(struct oat_json_body *body);

/* 400 bad_parameter, about a member of the body ("": the whole); false. */
bool oat_json_body_refuse(struct oat_answer *answer, const char *member, const char *message);

/* False answers 400: it has a member that is not among the names (NULL-terminated). */
bool oat_json_body_only(const struct oat_json_body *body, const char *const *names,
                        struct oat_answer *answer);

/* The string of a member, a NUL behind it, in the arena; without one, or when it is null, *ret stays as it
 * is. False answers 400: it is no string, or has a NUL in it; 503. */
bool oat_json_body_text(struct oat_json_body *body, const char *member, const char **ret,
                        struct oat_answer *answer);

#endif
