/* Traces as text, so that what two snapshots show can be compared. */
#ifndef OAT_TESTS_TRACE_DUMP_H
#define OAT_TESTS_TRACE_DUMP_H

#include "oat/reader.h"

/* Every value that the snapshot shows of a trace: its head, spans, texts, payload bytes, attributes,
 * events, links, scores. "not found\n" when it is not there. Free it. */
char *oat_dump_trace(const oat_snapshot *snapshot, const uint8_t trace_id[16]);

#endif
