/* Stores payloads: cuts them into chunks, finds the known ones, compresses the new ones into linked
 * groups, and describes the whole by a recipe (DESIGN section 6). */
#ifndef OAT_WRITER_CAPTURE_H
#define OAT_WRITER_CAPTURE_H

#include "format/slot.h"
#include "writer/blob_file.h"

/* What one thread needs for it: the group's contiguous buffer, the LZ4 state, scratch space (some
 * 1 MiB), and the recent recipes that a longer conversation may extend (at most 4 MiB). Not for
 * several threads at once. */
typedef struct oat_capture oat_capture;

/* NULL when out of memory. Buffers are allocated at the first payload. */
oat_capture *oat_capture_new(void);
void oat_capture_free(oat_capture *capture);

/* Gives buffers back (an idle thread); the next payload allocates them again. */
void oat_capture_trim(oat_capture *capture);

/* Stores a payload in `file` and describes where in *ret. len <= OAT_PAYLOAD_MAX (the caller has
 * cut longer ones); 0 is a payload too. media: enum oat_media. All its entries are committed in the
 * file when it returns OAT_OK. Otherwise (OAT_E_FULL, OAT_E_IO with errno, OAT_E_NOMEM, OAT_E_LIMIT)
 * nothing refers to what was written, the group has ended, and the next call starts afresh. A
 * capture that meets another file than before starts new groups and recipes there.
 * file->chunks maps the content id of each chunk and of each payload to its entry. */
int oat_capture_payload(oat_capture *capture, oat_blob_file *file, oat_blob_inflight *inflight,
                        const void *data, size_t len, uint8_t media, struct oat_disk_blob_ref *ret);

#endif
