/* /segments/{writer}/{seq}: pairs of other stores come here as they are (docs/api.md, Replication). */
#ifndef OAT_HTTPD_HANDLE_SEGMENTS_H
#define OAT_HTTPD_HANDLE_SEGMENTS_H

#include "httpd/router.h"

extern const char *const oat_blobs_parameters[], *const oat_slots_parameters[];

/* GET: what of a pair is here. */
void oat_handle_segment(const struct oat_call *call, struct oat_answer *answer);

/* PUT .../blobs and .../spans. */
void oat_handle_segment_blobs(const struct oat_call *call, struct oat_answer *answer);
void oat_handle_segment_spans(const struct oat_call *call, struct oat_answer *answer);

#endif
