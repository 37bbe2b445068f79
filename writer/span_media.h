/* What a payload that is a picture, sound or film is, as attributes of its span. */
#ifndef OAT_WRITER_SPAN_MEDIA_H
#define OAT_WRITER_SPAN_MEDIA_H

#include "writer/core.h"

/* Notes what oat_media_describe says of a payload, as a map under key; nothing when it says nothing. */
void oat_span_note_media(oat_thread *thread, oat_span *span, const char *key, const void *data, size_t len);

#endif
