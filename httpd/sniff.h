/* What bytes are, by how they begin. */
#ifndef OAT_HTTPD_SNIFF_H
#define OAT_HTTPD_SNIFF_H

#include <stddef.h>
#include <stdint.h>

/* The media type, when it is one that browsers show and that runs nothing: image/png, image/jpeg, image/gif,
 * image/webp, image/avif, audio/wav, audio/mpeg, audio/flac, audio/ogg, video/mp4, video/webm; static
 * storage. NULL: anything else. */
const char *oat_sniff_media(const uint8_t *bytes, size_t len);

#endif
