/* OpenAgentTrace: spans around transfers of libcurl; of liboat-extra. */
#ifndef OAT_CURL_H
#define OAT_CURL_H

#include "oat/oat.h"

#include <curl/curl.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct oat_curl_transfer {
    oat_span *span;             /* NULL: nothing is traced */
    struct curl_slist *headers; /* the caller's, and those of the span; NULL: nothing was set */
    struct curl_slist *given;
} oat_curl_transfer;

/* Starts a span of type OAT_HTTP below the current one and sets the transfer's headers to `given` (may be
 * NULL) with traceparent and X-Trace-ID before them; all other options are the caller's. For oat_curl_end, in
 * any case. given has to be there until then, and no other CURLOPT_HTTPHEADER may be set. For the multi
 * interface, whose transfers overlap: detached, the span does not become the thread's current one. */
OAT_API oat_curl_transfer oat_curl_begin(oat_tracer *tracer, CURL *curl, struct curl_slist *given,
                                         bool detached);

/* Ends it: method, URL without user and password, status, sizes; an error when the transfer failed or the
 * status is 400 or more. The headers are `given` again. code: what the transfer returned. */
OAT_API void oat_curl_end(oat_curl_transfer *transfer, CURL *curl, CURLcode code);

/* curl_easy_perform within such a span. */
OAT_API CURLcode oat_curl_perform(oat_tracer *tracer, CURL *curl, struct curl_slist *given);

#ifdef __cplusplus
}
#endif

#endif
