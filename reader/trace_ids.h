/* The ids of the traces that a query lists: little to hold of each, however many there are. */
#ifndef OAT_READER_TRACE_IDS_H
#define OAT_READER_TRACE_IDS_H

#include "oat/reader.h"

/* Reads them, ascending; order and page of the query count for nothing. *ret_ids is the caller's: free(); it
 * has 16 bytes a trace. What is damaged is reported and left out. OAT_OK, OAT_E_NOMEM, OAT_E_STOPPED,
 * OAT_E_STALE as oat_trace_open. Any thread. */
int oat_trace_ids_read(const oat_snapshot *snapshot, const oat_trace_query *query, uint8_t (**ret_ids)[16],
                       size_t *ret_count);

#endif
