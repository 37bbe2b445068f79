/* Traces of a snapshot by their place in the list of all, newest first. */
#ifndef OAT_TEST_NTH_H
#define OAT_TEST_NTH_H

#include "oat/reader.h"

/* Traces in the snapshot. */
size_t oat_nth_count(const oat_snapshot *snapshot);

/* The id of the trace at index, which must be there. */
void oat_nth_id(const oat_snapshot *snapshot, size_t index, uint8_t ret_trace_id[16]);

/* Opens it; the caller closes it. Results as oat_trace_open's; OAT_NOTFOUND past the end. */
int oat_nth_open(const oat_snapshot *snapshot, size_t index, oat_trace **ret_trace);

/* As oat_trace_head, oat_trace_spans, oat_trace_events ... of the trace at index. Arrays are the
 * caller's: free(). */
int oat_nth_head(const oat_snapshot *snapshot, size_t index, oat_trace_view *ret_view);
int oat_nth_spans(const oat_snapshot *snapshot, size_t index, oat_span_view **ret_spans, size_t *ret_count);
int oat_nth_events(const oat_snapshot *snapshot, size_t index, const uint8_t span_id[8],
                   oat_event_view **ret_events, size_t *ret_count);
int oat_nth_links(const oat_snapshot *snapshot, size_t index, const uint8_t span_id[8],
                  oat_link_view **ret_links, size_t *ret_count);
int oat_nth_scores(const oat_snapshot *snapshot, size_t index, const uint8_t *span_id,
                   oat_score_view **ret_scores, size_t *ret_count);

#endif
