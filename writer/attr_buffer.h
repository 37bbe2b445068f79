/* The attributes of a running span, encoded as they come (format/attrs.h). */
#ifndef OAT_WRITER_ATTR_BUFFER_H
#define OAT_WRITER_ATTR_BUFFER_H

#include "oat/oat.h"

/* Where one attribute stands in the bytes. */
typedef struct oat_attr_entry {
    uint32_t key_hash;
    uint32_t pos;
    uint32_t len;   /* of key length, key and value together */
    bool inherited; /* passed on to descendants */
} oat_attr_entry;

typedef struct oat_attr_buffer {
    uint8_t *bytes;
    size_t len;
    size_t dead; /* of these, bytes of attributes that were replaced or taken out */
    size_t capacity;
    oat_attr_entry *entries;
    uint32_t count;
    uint32_t entry_capacity;
} oat_attr_buffer;

/* Sets an attribute; one of the same key is replaced. OAT_OK, OAT_E_NOMEM, or OAT_E_LIMIT (too
 * many, nested too deep, over 4 GiB together). */
int oat_attr_buffer_set(oat_attr_buffer *buffer, const char *key, size_t key_len, const oat_value *value,
                        bool inherited);

/* Takes an attribute out, if there is one of that key. */
void oat_attr_buffer_remove(oat_attr_buffer *buffer, const char *key, size_t key_len);

/* Adds what `from` passes on. OAT_OK or OAT_E_NOMEM. */
int oat_attr_buffer_inherit(oat_attr_buffer *buffer, const oat_attr_buffer *from);

/* Encodes the whole into a malloc'd block, or sets *ret NULL when there are none. */
int oat_attr_buffer_encode(const oat_attr_buffer *buffer, uint8_t **ret, size_t *ret_len);

/* Empties it for reuse; keeps small memory. */
void oat_attr_buffer_clear(oat_attr_buffer *buffer);
void oat_attr_buffer_free(oat_attr_buffer *buffer);

#endif
