/* What a handler answers. Pure: the server sends it. */
#ifndef OAT_HTTPD_ANSWER_H
#define OAT_HTTPD_ANSWER_H

#include "format/json_write.h"
#include "httpd/query.h"
#include "httpd/stream.h"
#include "oat/reader.h"

#define OAT_REQUEST_ID_SIZE 17

struct oat_answer {
    char request_id[OAT_REQUEST_ID_SIZE]; /* set before the handler runs */
    int status;                           /* HTTP */
    const char *content_type;             /* static storage */
    const char *content_policy;           /* Content-Security-Policy; NULL: a page may load nothing */
    const char *location;                 /* of a 302: the Location header, static storage */
    char allow[40];                       /* of a 405: the Allow header; else "" */
    unsigned retry_after_s;               /* of a 429 or 503: the Retry-After header; 0: none */
    char set_cookie[200];                 /* the Set-Cookie header; else "" */
    bool attachment;                      /* browsers are to save it, not to show it */
    char filename[64];                    /* under this name; "": under one of their own */
    bool close;                           /* the connection must not be used again */
    bool tagged;                          /* clients may keep it, and ask whether it is still the same */
    char tag[40];                         /* of a tagged one: the ETag header (represent.h); else "" */
    bool lasting;                         /* what is at this path never changes: it may be kept for good */
    bool gzip;                            /* the body is compressed */
    bool written;                         /* to the store: it goes out when that is on the device */
    bool otlp;                            /* errors go out as OTLP has them (otlp_answer.h) */
    bool upgrades;                        /* the connection is to become a WebSocket, if the client can */
    bool stale; /* files were replaced meanwhile: the request is to be handled again, on a new snapshot */
    char message[512]; /* of an error */
    struct oat_json body;
    struct oat_stream *stream; /* makes the body, after what it has already; owned by who sends it. NULL: it
                                * is whole */
};

#define OAT_CONTENT_JSON "application/json"
#define OAT_CONTENT_TEXT "text/plain; charset=utf-8"

/* Makes the answer an error (docs/api.md, Errors), whatever its body held. code: a word for
 * programs. */
__attribute__((format(printf, 4, 5))) void oat_answer_error(struct oat_answer *answer, int status,
                                                            const char *code, const char *format, ...);

/* 400 bad_parameter. */
void oat_answer_bad_parameter(struct oat_answer *answer, const struct oat_query_error *error);

/* 400 bad_filter (or another code): what is wrong with the text of a parameter or of a member of the body,
 * at which column of it, and what was expected there. */
void oat_answer_bad_text(struct oat_answer *answer, const char *code, const char *parameter,
                         const oat_filter_error *error);

/* The error of a library result: 404 for OAT_NOTFOUND, 503 for what may pass or took too long, else 500.
 * what: what was tried. */
void oat_answer_result(struct oat_answer *answer, int result, const char *what);

/* 503 with Retry-After: what was sent is not, or not wholly, on the device, and may be sent again. result:
 * why (OAT_E_FULL ...); errno is told with OAT_E_IO. */
void oat_answer_unstored(struct oat_answer *answer, int result);

#endif
