/* Texts and their codes (format/dictionary.h): each distinct text is kept once and gets the next code
 * when it is met first. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_TEXT_CODES_H
#define OAT_COMPACTOR_TEXT_CODES_H

#include "compactor/section_writer.h"
#include "format/dictionary.h"

struct oat_text_codes {
    uint64_t seed;   /* texts come from outside: nobody shall choose collisions */
    uint32_t *table; /* open addressing, a power of two: codes, 0 = free */
    size_t table_size;
    oat_le32 *ends; /* by code - 1: where the text ends among the bytes */
    uint32_t *hashes;
    size_t count, end_capacity, hash_capacity;
    uint8_t *bytes;
    size_t len, byte_capacity;
};

void oat_text_codes_init(struct oat_text_codes *codes);
void oat_text_codes_clear(struct oat_text_codes *codes);

/* The code of a text, 1 .. count. An empty text is a text. OAT_OK, OAT_E_NOMEM, OAT_E_LIMIT (4 GiB of
 * texts). */
int oat_text_codes_get(struct oat_text_codes *codes, const void *text, size_t len, uint32_t *ret_code);

/* All of them by code; borrowed until the next one is added. */
struct oat_texts oat_text_codes_texts(const struct oat_text_codes *codes);

/* Memory that it holds, in bytes. */
size_t oat_text_codes_memory(const struct oat_text_codes *codes);

/* Writes them as the TEXTS section of a column; none when there are no texts. */
int oat_text_codes_write(const struct oat_text_codes *codes, struct oat_section_writer *writer,
                         unsigned table, unsigned column);

#endif
