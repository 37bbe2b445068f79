/* The body of a request as its handler gets it: in one piece, and unpacked. */
#ifndef OAT_HTTPD_BODY_H
#define OAT_HTTPD_BODY_H

#include "httpd/answer.h"
#include "ingest/memory_budget.h"

/* Zero-initialise. bytes[0..len) is good until oat_body_free. */
struct oat_body {
    const char *bytes;
    size_t len;
    char *unpacked; /* owned here; NULL: it came as it is */
    struct oat_memory_budget *budget;
    size_t taken_bytes; /* of the budget */
};

/* The type of a Content-Type header, whatever its parameters: case counts for nothing. type: lower case. */
bool oat_content_type_is(const char *header, const char *type);

/* Unpacks a body that came with this Content-Encoding (NULL: none); packed is borrowed until oat_body_free.
 * Memory is taken of the budget first. False answers 413 (over max_bytes, also unpacked: a few kilobytes
 * may say so much), 415 (another encoding than gzip), 400 (not gzip), or 503 with Retry-After (the budget,
 * or no memory). Pure. */
bool oat_body_read(struct oat_body *body, const char *packed, size_t packed_len, const char *encoding,
                   size_t max_bytes, struct oat_memory_budget *budget, struct oat_answer *answer);
void oat_body_free(struct oat_body *body);

#endif
