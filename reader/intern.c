#include "reader/intern.h"

#include "format/hash.h"
#include "reader/array.h"
#include "reader/text_copy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static size_t place_of(const struct oat_intern *intern, oat_text text)
{
    size_t mask = intern->table_size - 1;
    size_t at = (size_t)oat_hash64(text.bytes, text.len, intern->seed) & mask;
    for (; intern->table[at] != 0; at = (at + 1) & mask) {
        oat_text other = intern->texts[intern->table[at] - 1];
        if (other.len == text.len && memcmp(other.bytes, text.bytes, text.len) == 0)
            break;
    }
    return at;
}

static bool grow_table(struct oat_intern *intern)
{
    size_t size = intern->table_size ? 2 * intern->table_size : 256;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table)
        return false;
    if (!intern->table && getrandom(&intern->seed, sizeof intern->seed, GRND_NONBLOCK) < 0)
        intern->seed = (uint64_t)(uintptr_t)table;
    free(intern->table);
    intern->table = table;
    intern->table_size = size;
    for (uint32_t i = 0; i < intern->count; i++)
        table[place_of(intern, intern->texts[i])] = i + 1;
    return true;
}

int oat_intern(struct oat_intern *intern, oat_text text, uint32_t *ret_code)
{
    *ret_code = 0;
    if (!text.bytes)
        return OAT_OK;
    if ((size_t)intern->count * 2 >= intern->table_size && !grow_table(intern))
        return OAT_E_NOMEM;
    size_t at = place_of(intern, text);
    if (intern->table[at] == 0) {
        char *copy = oat_text_copy(text);
        if (!copy ||
            !oat_array_reserve(&intern->texts, intern->count, &intern->capacity, sizeof *intern->texts)) {
            free(copy);
            return OAT_E_NOMEM;
        }
        intern->texts[intern->count++] = (oat_text){copy, text.len};
        intern->table[at] = intern->count;
    }
    *ret_code = intern->table[at];
    return OAT_OK;
}

void oat_intern_free(struct oat_intern *intern)
{
    for (uint32_t i = 0; i < intern->count; i++)
        free((char *)(uintptr_t)intern->texts[i].bytes);
    free(intern->texts);
    free(intern->table);
    memset(intern, 0, sizeof *intern);
}
