/* What media files are, from their beginning. */
#ifndef OAT_MEDIA_DESCRIBE_H
#define OAT_MEDIA_DESCRIBE_H

#include "oat/media.h"

/* As oat_media_describe; bytes are the first `len` of a file of `whole` bytes,
 * which is not less. */
int oat_media_describe_beginning(const void *bytes, size_t len, uint64_t whole, oat_media_info *ret);

#endif
