/* Spans as they are shown. */
#ifndef OAT_READER_VIEW_H
#define OAT_READER_VIEW_H

#include "reader/record.h"
#include "reader/sources.h"

/* What a SPAN or OPEN slot of the pair is shown as; status: as stored. */
enum oat_shown_status oat_view_status(const struct oat_pair *pair, uint16_t kind, uint8_t status);

/* Text and numbers of a span as its record has them; status, end_ns, depth, parent_index and counts are the
 * caller's to set. Also for slots outside a snapshot. */
void oat_view_fill(struct oat_sources *sources, const struct oat_record *record, oat_span_view *ret);

/* A payload as the record of its span describes it. */
oat_payload oat_view_payload(struct oat_sources *sources, uint32_t source,
                             const struct oat_record_payload *payload);

#endif
