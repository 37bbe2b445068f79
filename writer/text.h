/* Texts of span fields: interned as STRING slots of a pair. */
#ifndef OAT_WRITER_TEXT_H
#define OAT_WRITER_TEXT_H

#include "writer/core.h"

/* The reference of a text in the pair of the append under way; written there if it is new. A field
 * of a span holds at most OAT_TEXT_MAX bytes (oat_text_shorten); other texts are kept whole.
 * Returns as oat_append_fn. */
int oat_text_ref(oat_thread *thread, oat_pair *pair, const char *text, size_t len, uint32_t *ret_ref);

/* Reads a text of a pair back. *ret is malloc'd. OAT_OK, OAT_E_IO, OAT_E_CORRUPT or OAT_E_NOMEM. */
int oat_text_read(const oat_pair *pair, uint32_t ref, char **ret, size_t *ret_len);

/* A text over OAT_TEXT_MAX: what its field holds instead, a prefix that ends at a character, "#"
 * and the 32 hex digits of its XXH3-128 (seed 0). ret has room for OAT_TEXT_MAX bytes; returns the
 * length. */
size_t oat_text_shorten(const char *text, size_t len, char *ret);

#endif
