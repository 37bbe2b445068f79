/* Finds base64 in JSON text: images, audio and files that travel inside messages. */
#ifndef OAT_MEDIA_LIFT_H
#define OAT_MEDIA_LIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_MEDIA_MIN   1024u    /* characters; shorter ones stay text */
#define OAT_MEDIA_PIECE 1048575u /* raw bytes of one lifted piece: the most that is a multiple of 3 */

/* The first run in text[from, to) of at least OAT_MEDIA_MIN characters that is a whole JSON string,
 * or what follows ";base64," in one, and is canonical base64 (oat_base64_decode takes it, and any
 * part of it that begins and ends at a multiple of 4). Linear in to - from, and far less than a
 * look at every byte when there is none. */
bool oat_media_find(const uint8_t *text, size_t from, size_t to, size_t *ret_pos, size_t *ret_len);

#endif
