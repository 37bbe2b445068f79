/* Following a store a look at a time, for a program that hands what is new to many: the spans of a look are
 * there all at once, to be shown and tested in any order. */
#ifndef OAT_READER_FOLLOW_H
#define OAT_READER_FOLLOW_H

#include "reader/rows.h"

/* Looks once for spans that are new; *ret_count of them are there until the next look. OAT_OK; OAT_E_NOMEM,
 * OAT_E_IO, after which it may look again. Not beside oat_follow_next. */
int oat_follow_look(oat_follow *follow, size_t *ret_count);

/* index < count. False: it cannot be read any more. Texts are borrowed until the next look. */
bool oat_follow_get(oat_follow *follow, size_t index, oat_span_view *ret_span);

/* Its row and the id of its trace, likewise; trace and tree fields are not set. */
bool oat_follow_row(oat_follow *follow, size_t index, struct oat_row *ret_row, uint8_t ret_trace_id[16]);

/* Where it is. Borrowed likewise. */
const struct oat_pair *oat_follow_pair(const oat_follow *follow, size_t index);

/* For oat_payload_read of what oat_follow_get gave, and for nothing else. Borrowed from the follow. */
const oat_snapshot *oat_follow_payloads(const oat_follow *follow);

struct oat_sources *oat_follow_sources(const oat_follow *follow);

#endif
