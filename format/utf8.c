#include "format/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t oat_utf8_char_len(const char *bytes, size_t len)
{
    const unsigned char *c = (const unsigned char *)bytes;
    if (len == 0)
        return 0;
    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || len < 2 || !is_continuation(c[1]))
        return 0;
    if (c[0] < 0xe0)
        return 2;
    /* The second byte rules out overlong forms, surrogates and what lies above U+10FFFF. */
    if (c[0] < 0xf0) {
        bool second_ok = c[0] == 0xe0 ? c[1] >= 0xa0 : c[0] == 0xed ? c[1] < 0xa0 : true;
        return second_ok && len >= 3 && is_continuation(c[2]) ? 3 : 0;
    }
    bool second_ok = c[0] == 0xf0 ? c[1] >= 0x90 : c[0] == 0xf4 ? c[1] < 0x90 : c[0] < 0xf4;
    return second_ok && len >= 4 && is_continuation(c[2]) && is_continuation(c[3]) ? 4 : 0;
}

size_t oat_utf8_get(const char *bytes, size_t len, uint32_t *ret)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t n = oat_utf8_char_len(bytes, len);
    if (n == 0)
        return 0;
    uint32_t c = (uint8_t)bytes[0] & lead_bits[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((uint8_t)bytes[i] & 0x3f);
    *ret = c;
    return n;
}

size_t oat_utf8_put(char *dst, uint32_t character)
{
    static const uint8_t lead_marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, character >>= 6)
        dst[i] = (char)(0x80 | (character & 0x3f));
    dst[0] = (char)(lead_marks[n] | character);
    return n;
}

size_t oat_utf8_valid_prefix(const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        uint64_t word;
        if (len - at >= sizeof word) {
            memcpy(&word, bytes + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t n = oat_utf8_char_len(bytes + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}
