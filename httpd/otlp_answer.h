/* Answers of the OTLP routes, in the encoding that the request came in. */
#ifndef OAT_HTTPD_OTLP_ANSWER_H
#define OAT_HTTPD_OTLP_ANSWER_H

#include "httpd/answer.h"

#define OAT_CONTENT_PROTO "application/x-protobuf"

/* An ExportTraceServiceResponse. rejected 0 and message "": all was taken; else partial_success. The message
 * is cut to the answer's own. */
void oat_otlp_answer_export(struct oat_answer *answer, bool json, uint64_t rejected, const char *message);

/* Makes the body of an error (oat_answer_error) a google.rpc.Status. */
void oat_otlp_answer_status(struct oat_answer *answer, bool json);

#endif
