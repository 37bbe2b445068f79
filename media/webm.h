/* WebM, and Matroska where it is alike. */
#ifndef OAT_MEDIA_WEBM_H
#define OAT_MEDIA_WEBM_H

#include "media/bytes.h"
#include "oat/media.h"

/* As oat_media_read_mp4; the caller has seen the identifier of EBML. */
bool oat_media_read_webm(struct oat_media_bytes file, oat_media_info *info);

#endif
