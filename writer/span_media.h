/* What pictures, sounds and films are in a payload, as an attribute of its span. */
#ifndef OAT_WRITER_SPAN_MEDIA_H
#define OAT_WRITER_SPAN_MEDIA_H

#include "writer/core.h"

/* Notes what oat_media_describe says of a payload that is a medium, as a list of one map under key; nothing
 * when it says nothing. */
void oat_span_note_medium(oat_thread *thread, oat_span *span, const char *key, const void *data, size_t len);

/* Likewise of the media that are in JSON text as base64 (media/lift.h), in their order: a map each, the
 * first ones of many, by the beginning of each. */
void oat_span_note_media_in(oat_thread *thread, oat_span *span, const char *key, const void *text,
                            size_t len);

#endif
