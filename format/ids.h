/* Ids as text (docs/api.md, Ids).
 * Change this file, change SPEC.md section "Ids as text" in the same commit. */
#ifndef OAT_FORMAT_IDS_H
#define OAT_FORMAT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when all bytes are zero: the id that stands for none. */
bool oat_id_is_zero(const void *bytes, size_t len);

/* Reads exactly 2 * count hex digits of any case into count bytes. *ret is set on success only. */
bool oat_hex_parse(const char *text, size_t len, uint8_t *ret, size_t count);

/* Reads a UUID, 8-4-4-4-12 hex digits of any case. *ret is set on success only. */
bool oat_uuid_parse(const char *text, size_t len, uint8_t ret[16]);

/* Writes 2 * count lowercase hex digits and a NUL. */
void oat_hex_print(const uint8_t *bytes, size_t count, char *ret);

/* A trace id given as any text: 32 hex digits or a UUID are taken as they are, 16 hex digits are
 * left-padded with zeros, any other text of 1 .. OAT_TEXT_MAX bytes is XXH3-128 of it, seed 0. All
 * zero becomes 1. Returns OAT_OK or OAT_E_INVALID (no bytes, or too many). */
int oat_trace_id_of_text(const char *text, size_t len, uint8_t ret[16]);

/* A span id given as any text: 16 hex digits are taken as they are, any other text of
 * 1 .. OAT_TEXT_MAX bytes is XXH3-64 of the trace id's 16 bytes followed by it, seed 0, big-endian.
 * All zero becomes 1. Returns as above. */
int oat_span_id_of_text(const uint8_t trace_id[16], const char *text, size_t len, uint8_t ret[8]);

#endif
