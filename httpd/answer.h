/* What a handler answers. Pure: the server sends it. */
#ifndef OAT_HTTPD_ANSWER_H
#define OAT_HTTPD_ANSWER_H

#include "format/json_write.h"
#include "httpd/query.h"

#define OAT_REQUEST_ID_SIZE 17

struct oat_answer {
    char request_id[OAT_REQUEST_ID_SIZE]; /* set before the handler runs */
    int status;                           /* HTTP */
    const char *content_type;             /* static storage */
    const char *allow;                    /* of a 405: the Allow header; static storage */
    bool close;                           /* the connection must not be used again */
    struct oat_json body;
};

#define OAT_CONTENT_JSON "application/json"
#define OAT_CONTENT_TEXT "text/plain; charset=utf-8"

/* Makes the answer an error (docs/api.md, Errors), whatever its body held. code: a word for
 * programs. */
__attribute__((format(printf, 4, 5))) void oat_answer_error(struct oat_answer *answer, int status,
                                                            const char *code, const char *format, ...);

/* 400 bad_parameter. */
void oat_answer_bad_parameter(struct oat_answer *answer, const struct oat_query_error *error);

/* The error of a library result: 404 for OAT_NOTFOUND, 503 for what may pass, else 500. what: what
 * was tried. */
void oat_answer_result(struct oat_answer *answer, int result, const char *what);

#endif
