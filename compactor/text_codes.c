#include "compactor/text_codes.h"

#include "format/hash.h"
#include "format/random.h"
#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_MIN 64u

void oat_text_codes_init(struct oat_text_codes *codes)
{
    *codes = (struct oat_text_codes){0};
    oat_random_bytes(&codes->seed, sizeof codes->seed);
}

void oat_text_codes_clear(struct oat_text_codes *codes)
{
    free(codes->table);
    free(codes->ends);
    free(codes->hashes);
    free(codes->bytes);
    *codes = (struct oat_text_codes){0};
}

static bool is_text(const struct oat_text_codes *codes, uint32_t code, const void *text, size_t len)
{
    size_t begin = code > 1 ? oat_le32_get(codes->ends[code - 2]) : 0;
    size_t end = oat_le32_get(codes->ends[code - 1]);
    return end - begin == len && memcmp(codes->bytes + begin, text, len) == 0;
}

static bool grow_table(struct oat_text_codes *codes)
{
    size_t size = codes->table_size ? 2 * codes->table_size : TABLE_MIN;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table)
        return false;
    for (uint32_t i = 0; i < codes->count; i++) {
        size_t at = codes->hashes[i] & (size - 1);
        while (table[at] != 0)
            at = (at + 1) & (size - 1);
        table[at] = i + 1;
    }
    free(codes->table);
    codes->table = table;
    codes->table_size = size;
    return true;
}

static bool reserve_bytes(struct oat_text_codes *codes, size_t len)
{
    size_t capacity = codes->byte_capacity ? codes->byte_capacity : 1024;
    while (capacity - codes->len < len)
        capacity *= 2;
    if (capacity == codes->byte_capacity)
        return true;
    uint8_t *bytes = realloc(codes->bytes, capacity);
    if (!bytes)
        return false;
    codes->bytes = bytes;
    codes->byte_capacity = capacity;
    return true;
}

static int add(struct oat_text_codes *codes, const void *text, size_t len, uint32_t hash)
{
    if (len > UINT32_MAX - codes->len)
        return OAT_E_LIMIT;
    if (!oat_array_reserve(&codes->ends, codes->count, &codes->end_capacity, sizeof *codes->ends) ||
        !oat_array_reserve(&codes->hashes, codes->count, &codes->hash_capacity, sizeof *codes->hashes) ||
        !reserve_bytes(codes, len))
        return OAT_E_NOMEM;
    memcpy(codes->bytes + codes->len, text, len);
    codes->len += len;
    codes->ends[codes->count] = oat_le32_of((uint32_t)codes->len);
    codes->hashes[codes->count++] = hash;
    return OAT_OK;
}

int oat_text_codes_get(struct oat_text_codes *codes, const void *text, size_t len, uint32_t *ret_code)
{
    uint32_t hash = (uint32_t)oat_hash64(text, len, codes->seed);
    if (codes->count * 2 >= codes->table_size && !grow_table(codes))
        return OAT_E_NOMEM;
    size_t mask = codes->table_size - 1, at = hash & mask;
    while (codes->table[at] != 0) {
        uint32_t code = codes->table[at];
        if (codes->hashes[code - 1] == hash && is_text(codes, code, text, len)) {
            *ret_code = code;
            return OAT_OK;
        }
        at = (at + 1) & mask;
    }
    int result = add(codes, text, len, hash);
    if (result == OAT_OK)
        *ret_code = codes->table[at] = (uint32_t)codes->count;
    return result;
}

struct oat_texts oat_text_codes_texts(const struct oat_text_codes *codes)
{
    return (struct oat_texts){codes->bytes, codes->ends, (uint32_t)codes->count};
}

size_t oat_text_codes_memory(const struct oat_text_codes *codes)
{
    return codes->table_size * sizeof *codes->table + codes->end_capacity * sizeof *codes->ends +
           codes->hash_capacity * sizeof *codes->hashes + codes->byte_capacity;
}

int oat_text_codes_write(const struct oat_text_codes *codes, struct oat_section_writer *writer,
                         unsigned table, unsigned column)
{
    const struct oat_texts texts = oat_text_codes_texts(codes);
    size_t len = oat_text_dictionary_size(&texts);
    if (codes->count == 0)
        return OAT_OK;
    uint8_t *section = malloc(len);
    if (!section)
        return OAT_E_NOMEM;
    oat_text_dictionary_encode(&texts, section);
    int result = oat_section_writer_put(writer, OAT_SECTION_TEXTS, table, column, section, len);
    free(section);
    return result;
}
