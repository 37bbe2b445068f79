/* PNG, JPEG, GIF, WebP. */
#ifndef OAT_MEDIA_IMAGE_H
#define OAT_MEDIA_IMAGE_H

#include "media/bytes.h"
#include "oat/media.h"

/* Reads the headers of a file that is known to be one; what is found goes to *info. False: they contradict
 * themselves, or what names the size is not there. */
bool oat_media_read_png(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_jpeg(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_gif(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_webp(struct oat_media_bytes file, oat_media_info *info);

#endif
