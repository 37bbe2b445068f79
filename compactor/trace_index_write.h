/* Writes the index of a store's traces (reader/trace_index.h). */
#ifndef OAT_COMPACTOR_TRACE_INDEX_WRITE_H
#define OAT_COMPACTOR_TRACE_INDEX_WRITE_H

#include "format/identity.h"
#include "reader/manifest.h"

/* Writes the index anew when more than unindexed_max parts of the manifest, which is published, are newer. It
 * takes about 14 bytes of memory a trace; where memory_bytes are not enough, the oldest parts are left out,
 * as are parts that are damaged. Whoever calls holds LOCK. OAT_OK, OAT_E_NOMEM, OAT_E_IO, OAT_E_FULL (errno):
 * the index is the one before, or none. */
int oat_trace_index_renew(int store_fd, const struct oat_disk_store *store,
                          const struct oat_manifest *manifest, size_t unindexed_max, uint64_t memory_bytes,
                          uint64_t now_ns);

#endif
