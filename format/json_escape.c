#include "format/json_escape.h"

#include <stdbool.h>
#include <string.h>

#define UNIT_LEN 6u /* of \uXXXX */

/* Reads \uXXXX. */
static bool get_unit(const char *text, size_t len, uint32_t *ret)
{
    uint32_t value = 0;
    if (len < UNIT_LEN || text[0] != '\\' || text[1] != 'u')
        return false;
    for (unsigned i = 2; i < UNIT_LEN; i++) {
        unsigned char c = (unsigned char)text[i], letter = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (letter >= 'a' && letter <= 'f')
            value = value << 4 | (uint32_t)(letter - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

static bool is_surrogate(uint32_t unit, uint32_t first)
{
    return unit >= first && unit < first + 0x400;
}

size_t oat_json_escape_get(const char *text, size_t len, uint32_t *ret)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint32_t unit, low;
    if (len < 2 || text[0] != '\\')
        return 0;
    const char *at = memchr(from, text[1], sizeof from - 1);
    if (at) {
        *ret = (uint32_t)to[at - from];
        return 2;
    }
    if (!get_unit(text, len, &unit))
        return 0;
    if (is_surrogate(unit, 0xd800) && get_unit(text + UNIT_LEN, len - UNIT_LEN, &low) &&
        is_surrogate(low, 0xdc00)) {
        *ret = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return 2 * UNIT_LEN;
    }
    *ret = is_surrogate(unit, 0xd800) || is_surrogate(unit, 0xdc00) ? 0xfffd : unit;
    return UNIT_LEN;
}
