#include "format/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const uint8_t oat_base64_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

void oat_base64_encode(char *dst, const uint8_t *src, size_t len)
{
    size_t i = 0;
    for (; i + 3 <= len; i += 3, dst += 4) {
        uint32_t v = (uint32_t)src[i] << 16 | (uint32_t)src[i + 1] << 8 | src[i + 2];
        dst[0] = digits[v >> 18];
        dst[1] = digits[v >> 12 & 63];
        dst[2] = digits[v >> 6 & 63];
        dst[3] = digits[v & 63];
    }
    if (i == len)
        return;
    uint32_t v = (uint32_t)src[i] << 16 | (i + 1 < len ? (uint32_t)src[i + 1] << 8 : 0);
    dst[0] = digits[v >> 18];
    dst[1] = digits[v >> 12 & 63];
    dst[2] = i + 1 < len ? digits[v >> 6 & 63] : '=';
    dst[3] = '=';
}

/* The last four characters, of which one or two are padding. Returns the bytes written, 0 when the
 * text is not canonical. */
static size_t decode_padded(uint8_t *dst, const uint8_t t[4])
{
    uint32_t a = oat_base64_values[t[0]], b = oat_base64_values[t[1]], c = oat_base64_values[t[2]];
    if (a == 0 || b == 0)
        return 0;
    uint32_t v = (a - 1) << 18 | (b - 1) << 12;
    dst[0] = (uint8_t)(v >> 16);
    if (t[2] == '=')
        return (v & 0xffff) == 0 ? 1 : 0;
    if (c == 0)
        return 0;
    v |= (c - 1) << 6;
    dst[1] = (uint8_t)(v >> 8);
    return (v & 0xff) == 0 ? 2 : 0;
}

bool oat_base64_decode(uint8_t *dst, const char *text, size_t text_len, size_t *ret_len)
{
    const uint8_t *t = (const uint8_t *)text;
    if (text_len % 4 != 0)
        return false;
    size_t n = 0;
    size_t whole = text_len > 0 && t[text_len - 1] == '=' ? text_len - 4 : text_len;
    for (size_t i = 0; i < whole; i += 4, n += 3) {
        uint32_t a = oat_base64_values[t[i]], b = oat_base64_values[t[i + 1]],
                 c = oat_base64_values[t[i + 2]], d = oat_base64_values[t[i + 3]];
        if (a == 0 || b == 0 || c == 0 || d == 0)
            return false;
        uint32_t v = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        dst[n] = (uint8_t)(v >> 16);
        dst[n + 1] = (uint8_t)(v >> 8);
        dst[n + 2] = (uint8_t)v;
    }
    if (whole < text_len) {
        size_t last = decode_padded(dst + n, t + whole);
        if (last == 0)
            return false;
        n += last;
    }
    *ret_len = n;
    return true;
}
