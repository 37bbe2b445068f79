/* Dictionaries: what the codes of a column stand for. Code 0 is none, code n the n-th entry, in the
 * order of first use.
 * Change this file, change SPEC.md section "Dictionaries" in the same commit.
 *
 *   texts       u32 count, u32 end[count] (ends of the texts among the bytes), the bytes
 *   attributes  u32 key count, u32 count, u32 key end[key count], u32 key[count] (0-based, of the
 *               attribute), u32 value end[count], key bytes, value bytes (encoded values, attrs.h) */
#ifndef OAT_FORMAT_DICTIONARY_H
#define OAT_FORMAT_DICTIONARY_H

#include "format/forgotten.h"
#include "format/section_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Writing ---- */

/* Texts one after the other: the n-th ends at ends[n - 1] of bytes. Under 4 GiB together. */
struct oat_texts {
    const uint8_t *bytes;
    const oat_le32 *ends;
    uint32_t count;
};

/* Bytes of the content of a TEXTS section. */
size_t oat_text_dictionary_size(const struct oat_texts *texts);

/* Writes that many bytes at dst. */
void oat_text_dictionary_encode(const struct oat_texts *texts, uint8_t *dst);

/* The same for an ATTRIBUTES section. key_of: for each value the index (0-based) of its key. */
size_t oat_attribute_dictionary_size(const struct oat_texts *keys, const struct oat_texts *values);
void oat_attribute_dictionary_encode(const struct oat_texts *keys, const oat_le32 *key_of,
                                     const struct oat_texts *values, uint8_t *dst);

/* ---- Reading ---- */

/* Borrow the view they were opened over. Reading is thread-safe. */
struct oat_text_dictionary {
    struct oat_section_view view;
    uint64_t ends_at;   /* in the view; u32 each */
    uint64_t bytes_at;  /* the texts */
    uint32_t bytes_len; /* together */
    uint32_t count;
};

struct oat_attribute_dictionary {
    struct oat_text_dictionary keys, values;
    uint64_t keys_of_at; /* number of the key of each value, u32 each */
};

/* Check that what is counted and the texts fill the view; the entries are checked when they are asked for.
 * OAT_OK or OAT_E_CORRUPT with *ret_what (NULL: the listener of the view was told). */
int oat_text_dictionary_open(const struct oat_section_view *view, struct oat_text_dictionary *ret,
                             const char **ret_what);
int oat_attribute_dictionary_open(const struct oat_section_view *view, struct oat_attribute_dictionary *ret,
                                  const char **ret_what);

/* Puts markers in place of what is forgotten: texts; keys, and texts in values. The bytes that the dictionary
 * was opened over must be the caller's to write, and nobody may be reading them. */
void oat_text_dictionary_mask(const struct oat_text_dictionary *dictionary,
                              const struct oat_forgotten *forgotten);
void oat_attribute_dictionary_mask(const struct oat_attribute_dictionary *dictionary,
                                   const struct oat_forgotten *forgotten);

/* Text of a code (1..count). NULL: the code is 0 or out of range, or its entry is damaged. */
const uint8_t *oat_text_dictionary_get(const struct oat_text_dictionary *dictionary, uint64_t code,
                                       size_t *ret_len);
/* Key and encoded value of a code, which is well-formed. False: out of range, 0, or damaged. */
bool oat_attribute_dictionary_get(const struct oat_attribute_dictionary *dictionary, uint64_t code,
                                  const uint8_t **ret_key, size_t *ret_key_len, const uint8_t **ret_value,
                                  size_t *ret_value_len);

#endif
