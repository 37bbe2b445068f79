/* WAV, MP3, FLAC, Ogg. */
#ifndef OAT_MEDIA_AUDIO_H
#define OAT_MEDIA_AUDIO_H

#include "media/bytes.h"
#include "oat/media.h"

/* As the readers of media/image.h. MP3: with or without a tag before it; where no header counts the
 * frames, the duration is that of its length at the rate of the first one. */
bool oat_media_read_wav(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_mp3(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_flac(struct oat_media_bytes file, oat_media_info *info);
bool oat_media_read_ogg(struct oat_media_bytes file, oat_media_info *info);

/* Where the first frame of an MP3 is, two in a row being proof enough; false: there is none near. */
bool oat_media_find_mp3(struct oat_media_bytes file, size_t *ret_at);

#endif
