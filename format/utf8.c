#include "format/utf8.h"

#include <stdint.h>
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
