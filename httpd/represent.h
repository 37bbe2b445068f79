/* In which form an answer goes out: compressed, or only the word that the client has it already. */
#ifndef OAT_HTTPD_REPRESENT_H
#define OAT_HTTPD_REPRESENT_H

#include "httpd/answer.h"

/* What a request says of the forms it takes. */
struct oat_forms {
    bool gzip;
    const char *if_none_match; /* the header, borrowed; NULL: none */
};

/* True when an Accept-Encoding header takes gzip. NULL: there is no such header. */
bool oat_accepts_gzip(const char *accept_encoding);

/* True when an If-None-Match header names the tag, which is a weak one: W/"...". NULL: there is no such
 * header. */
bool oat_names_tag(const char *if_none_match, const char *tag);

/* Gives a tagged answer that is a success its tag, and takes its body away, with status 304, where the client
 * has it. Else compresses the body where that pays: where the client takes it, and of at most max_bytes.
 * Compressing takes some 10 ms for each MiB. */
void oat_represent(struct oat_answer *answer, const struct oat_forms *forms, size_t max_bytes);

#endif
