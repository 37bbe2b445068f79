/* The mapped end of a .blobs file: where disk space was allocated ahead and its pages are there, an
 * entry is a copy instead of a system call (measured: half of what storing a small payload costs).
 * Nothing depends on it: what lies beyond goes out by pwrite. */
#ifndef OAT_WRITER_BLOB_MAP_H
#define OAT_WRITER_BLOB_MAP_H

#include "writer/blob_file.h"

#include <stdbool.h>

#define OAT_BLOB_MAP_FROM  (UINT64_C(64) << 10)  /* a file below this is not worth it */
#define OAT_BLOB_MAP_AHEAD (UINT64_C(1) << 20)   /* what the flusher keeps ready */
#define OAT_BLOB_MAP_MAX   (UINT64_C(320) << 20) /* address space; more than a pair has when it rolls */

/* Makes up to `bytes` behind the tail ready when less than half of them are. Only one thread calls
 * it, off the appending threads' path. Does nothing unless file->may_map, before the file has
 * OAT_BLOB_MAP_FROM bytes, and where the disk or the file system does not give the space. */
void oat_blob_map_ahead(oat_blob_file *file, uint64_t bytes);

/* Gives the disk space behind `end` back. No thread may write any more. */
void oat_blob_map_trim(oat_blob_file *file, uint64_t end);

/* Gives the address space back. No thread may write any more. */
void oat_blob_map_close(oat_blob_file *file);

/* In a forked child: a store to the mapping no longer reaches the parent's file. */
void oat_blob_map_abandon(oat_blob_file *file);

#endif
