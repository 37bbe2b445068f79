/* Files of boxes: MP4, M4A, QuickTime, AVIF. */
#ifndef OAT_MEDIA_MP4_H
#define OAT_MEDIA_MP4_H

#include "media/bytes.h"
#include "oat/media.h"

/* As the readers of media/image.h; the caller has seen the box `ftyp`. Type and kind are set by what
 * there is. Of a picture of several parts the size is that of the largest. */
bool oat_media_read_mp4(struct oat_media_bytes file, oat_media_info *info);

#endif
