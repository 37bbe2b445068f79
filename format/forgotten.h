/* Content that was forgotten reads as a marker of the same length, wherever it is met: a chunk, a literal of
 * a recipe, a text, a key or text of attributes. Lengths stay, so recipes, references and sums do too.
 *
 * The marker is "[forgotten <redaction id in hexadecimal>]", cut where there is less room, then spaces; where
 * there is room for less than one digit, "#" all along. What looks like a JSON value (begins with one of {["
 * and ends with one of }]") becomes a JSON string of it, so that a conversation stays one. */
#ifndef OAT_FORMAT_FORGOTTEN_H
#define OAT_FORMAT_FORGOTTEN_H

#include "format/hash.h"

#include <stdbool.h>

#define OAT_FORGOTTEN_MIN 3u /* bytes of a content that can be forgotten: a comma is nobody's secret */

struct oat_forgotten_content {
    oat_content_id id;        /* under the set's seed */
    uint64_t raw_len;         /* bytes */
    uint8_t redaction_id[16]; /* shown instead */
};

/* Immutable once made: any thread may ask. A NULL set is an empty one. */
struct oat_forgotten;

/* Takes a copy of `contents`, in any order. NULL: out of memory. */
struct oat_forgotten *oat_forgotten_new(const struct oat_forgotten_content *contents, size_t count,
                                        uint64_t hash_seed);
/* Accepts NULL. */
void oat_forgotten_free(struct oat_forgotten *set);

/* The content that the bytes are, or NULL. Borrowed from the set. */
const struct oat_forgotten_content *oat_forgotten_find(const struct oat_forgotten *set, const void *bytes,
                                                       size_t len);

/* Writes the marker of `content`, which stands at `bytes`, to dst (may be the same); len bytes. */
void oat_forgotten_mark(const struct oat_forgotten_content *content, const uint8_t *bytes, size_t len,
                        uint8_t *dst);

/* Puts the marker in place of the bytes when they are forgotten. True when they are. */
bool oat_forgotten_mask(const struct oat_forgotten *set, uint8_t *bytes, size_t len);

/* The same for each key, and each string and byte string at any depth, of encoded attributes, and of one
 * encoded value (attrs.h). *ret_masked: whether there was any. OAT_OK, or as oat_attrs_open: malformed, and
 * nothing was changed. */
int oat_forgotten_mask_attributes(const struct oat_forgotten *set, uint8_t *bytes, size_t len,
                                  bool *ret_masked);
int oat_forgotten_mask_value(const struct oat_forgotten *set, uint8_t *bytes, size_t len, bool *ret_masked);

#endif
