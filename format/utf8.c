#include "format/utf8.h"

#include <inttypes.h>
#include <stdio.h>
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

uint32_t oat_utf8_code_point(const char *bytes, size_t char_len)
{
    static const uint8_t lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (uint8_t)bytes[0] & lead_mask[char_len];
    for (size_t i = 1; i < char_len; i++)
        c = c << 6 | ((uint8_t)bytes[i] & 0x3f);
    return c;
}

size_t oat_utf8_get(const char *bytes, size_t len, uint32_t *ret)
{
    size_t n = oat_utf8_char_len(bytes, len);
    if (n > 0)
        *ret = oat_utf8_code_point(bytes, n);
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

bool oat_char_is_in(uint32_t c, const struct oat_char_range *ranges, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ranges[low].first <= c;
}

bool oat_char_is_hidden(uint32_t c)
{
    static const struct oat_char_range hidden[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c},   {0x115f, 0x1160},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
    };
    if (c >= 0x20 && c < 0x7f)
        return false; /* most text */
    return oat_char_is_in(c, hidden, sizeof hidden / sizeof *hidden);
}

size_t oat_utf8_show(const char *bytes, size_t len, char ret[OAT_UTF8_SHOWN_SIZE])
{
    uint32_t c;
    size_t taken = oat_utf8_get(bytes, len, &c);
    if (taken == 0) {
        snprintf(ret, OAT_UTF8_SHOWN_SIZE, "\\x%02x", (uint8_t)bytes[0]);
        return 1;
    }
    if (!oat_char_is_hidden(c)) {
        memcpy(ret, bytes, taken);
        ret[taken] = '\0';
    } else if (c == '\n' || c == '\t' || c == '\r') {
        snprintf(ret, OAT_UTF8_SHOWN_SIZE, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
    } else if (c < 0x100) {
        snprintf(ret, OAT_UTF8_SHOWN_SIZE, "\\x%02" PRIx32, c);
    } else {
        snprintf(ret, OAT_UTF8_SHOWN_SIZE, "\\u{%" PRIx32 "}", c);
    }
    return taken;
}

/* ---- Prefixes ---- */

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Eight bytes at once: all ASCII, and for visible text also none below 0x20 and no DEL: the difference
 * and the sum set the high bits of such bytes, and only those can borrow from or carry to others. */
static bool is_plain_word(uint64_t word, bool visible)
{
    uint64_t marks = visible ? word | (word - EACH_BYTE * 0x20) | (word + EACH_BYTE) : word;
    return (marks & EACH_BYTE * 0x80) == 0;
}

static inline size_t prefix_len(const char *bytes, size_t len, bool visible)
{
    size_t at = 0;
    while (at < len) {
        uint64_t word;
        if (len - at >= sizeof word) {
            memcpy(&word, bytes + at, sizeof word);
            if (is_plain_word(word, visible)) {
                at += sizeof word;
                continue;
            }
        }
        if (bytes[at] >= 0x20 && bytes[at] < 0x7f) {
            at++;
            continue;
        }
        size_t n = oat_utf8_char_len(bytes + at, len - at);
        if (n == 0 || (visible && oat_char_is_hidden(oat_utf8_code_point(bytes + at, n))))
            break;
        at += n;
    }
    return at;
}

size_t oat_utf8_valid_prefix(const char *bytes, size_t len)
{
    return prefix_len(bytes, len, false);
}

size_t oat_utf8_visible_prefix(const char *bytes, size_t len)
{
    return prefix_len(bytes, len, true);
}
