/* What went into the root of a trace and what came out, without the other spans. */
#ifndef OAT_READER_TRACE_ROOT_H
#define OAT_READER_TRACE_ROOT_H

#include "reader/snapshot.h"

/* Input and output of a trace's root, for oat_payload_read; both stand as long as the snapshot does. Only the
 * row of the root is read, unless the trace lies in several parts. OAT_OK, OAT_NOTFOUND, OAT_E_NOMEM,
 * OAT_E_STALE as oat_trace_open. Any thread. */
int oat_trace_root_payloads(const oat_snapshot *snapshot, const uint8_t trace_id[16], oat_payload *ret_input,
                            oat_payload *ret_output);

#endif
