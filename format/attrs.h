/* The encoding of attributes: a payload of media type OAT_MEDIA_ATTRS.
 * Change this file, change SPEC.md section "Attributes" in the same commit.
 *
 *   attributes  varint count, then that many of: varint key length, key, value
 *   value       1 byte enum oat_value_type, then
 *     NULL nothing · STRING, BYTES varint length, bytes · BOOL 1 byte 0 or 1 · INT zigzag varint ·
 *     DOUBLE 8 bytes IEEE 754 binary64, little-endian · ARRAY varint count, values ·
 *     MAP varint count, then as attributes */
#ifndef OAT_FORMAT_ATTRS_H
#define OAT_FORMAT_ATTRS_H

#include "oat/oat.h"

/* Bytes that oat_value_encode writes, or 0 when the value nests deeper than OAT_VALUE_DEPTH_MAX (the
 * value itself has depth 1, what an array or map holds one more). */
size_t oat_value_encoded_size(const oat_value *value);

/* Writes a value at dst, which has room for oat_value_encoded_size bytes. Returns the bytes written. */
size_t oat_value_encode(uint8_t *dst, const oat_value *value);

/* A position in encoded attributes or values. The bytes must outlive it and what it returns. */
struct oat_attr_cursor {
    const uint8_t *bytes;
    size_t len;
    size_t pos;
    uint64_t left; /* entries not read yet */
};

/* An encoded value: scalars are decoded, an array or map is a cursor over its entries. */
struct oat_attr_value {
    enum oat_value_type type;
    const uint8_t *bytes; /* STRING, BYTES */
    size_t len;
    int64_t integer;
    double real;
    bool boolean;
    struct oat_attr_cursor children; /* ARRAY, MAP */
};

/* Checks a whole encoding (lengths, types, depth, nothing behind it) and sets a cursor on its first
 * attribute. Returns OAT_OK, OAT_E_CORRUPT or OAT_E_LIMIT (nested deeper than
 * OAT_VALUE_DEPTH_MAX). After OAT_OK the functions below cannot meet a malformed byte. */
int oat_attrs_open(const uint8_t *bytes, size_t len, struct oat_attr_cursor *ret);

/* Checks one encoded value (as above; nothing behind it) and decodes it. Returns as oat_attrs_open. */
int oat_value_open(const uint8_t *bytes, size_t len, struct oat_attr_value *ret);

/* The next attribute of a cursor over attributes or a map. False at the end. */
bool oat_attrs_next(struct oat_attr_cursor *cursor, const uint8_t **ret_key, size_t *ret_key_len,
                    struct oat_attr_value *ret);

/* The next value of a cursor over an array. False at the end. */
bool oat_values_next(struct oat_attr_cursor *cursor, struct oat_attr_value *ret);

#endif
