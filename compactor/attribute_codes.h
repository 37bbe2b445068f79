/* Attributes and their codes: each distinct key with its encoded value is kept once and gets the next
 * code when it is met first. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_ATTRIBUTE_CODES_H
#define OAT_COMPACTOR_ATTRIBUTE_CODES_H

#include "compactor/text_codes.h"

struct oat_attribute_codes {
    struct oat_text_codes keys;
    struct oat_text_codes pairs; /* code of the key (4 bytes, native), then the value */
    uint8_t *pair;               /* the one that is looked up */
    size_t pair_capacity;
};

void oat_attribute_codes_init(struct oat_attribute_codes *codes);
void oat_attribute_codes_clear(struct oat_attribute_codes *codes);

/* The code of an attribute, 1 .. count. Results as of oat_text_codes_get. */
int oat_attribute_codes_get(struct oat_attribute_codes *codes, const uint8_t *key, size_t key_len,
                            const uint8_t *value, size_t value_len, uint32_t *ret_code);

/* Memory that they hold, in bytes. */
size_t oat_attribute_codes_memory(const struct oat_attribute_codes *codes);

/* Writes them as the ATTRIBUTES section of a column; none when there are no attributes. */
int oat_attribute_codes_write(const struct oat_attribute_codes *codes, struct oat_section_writer *writer,
                              unsigned table, unsigned column);

#endif
