#include "format/json_put.h"

#include "format/endian.h"

#define EIGHT_DIGITS 100000000u /* 10^8 */
#define EACH_BYTE    UINT64_C(0x0101010101010101)
#define EACH_TWO     UINT64_C(0x0001000100010001)
#define EACH_FOUR    UINT64_C(0x0000000100000001)

static void put_word(char *at, uint64_t word)
{
    const oat_le64 bytes = oat_le64_of(word);
    memcpy(at, &bytes, sizeof bytes);
}

static uint64_t get_word(const char *at)
{
    oat_le64 bytes;
    memcpy(&bytes, at, sizeof bytes);
    return oat_le64_get(bytes);
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

static const uint64_t powers[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

/* The digits of a number below 10^8, as numbers, the first one in the lowest byte: halves are split in
 * halves, two and then four at a time. Dividing is multiplying by a rounded inverse. */
static inline uint64_t eight_digits(uint32_t value)
{
    uint64_t fours = value / 10000 | (uint64_t)(value % 10000) << 32;
    uint64_t hundreds = fours * 10486 >> 20 & EACH_FOUR * 0x7f;
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = twos * 103 >> 10 & EACH_TWO * 0xf;
    return tens | (twos - tens * 10) << 8;
}

char *oat_json_put_uint(char *at, uint64_t value)
{
    if (value >= EIGHT_DIGITS) {
        at = oat_json_put_uint(at, value / EIGHT_DIGITS);
        put_word(at, eight_digits((uint32_t)(value % EIGHT_DIGITS)) + EACH_BYTE * '0');
        return at + 8;
    }
    uint64_t digits = eight_digits((uint32_t)value);
    /* The last one stays, whatever it is. */
    unsigned zeros = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
    put_word(at, (digits + EACH_BYTE * '0') >> 8 * zeros);
    return at + 8 - zeros;
}

static char *put_sign(char *at, int64_t value, uint64_t *ret_magnitude)
{
    *ret_magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    if (value < 0)
        *at++ = '-';
    return at;
}

char *oat_json_put_int(char *at, int64_t value)
{
    uint64_t magnitude;
    at = put_sign(at, value, &magnitude);
    return oat_json_put_uint(at, magnitude);
}

/* Where the fraction that ends at `end` does, when zeros at its end are left out but for the first digit. */
static inline char *without_zeros(char *end)
{
    while (end[-1] == '0' && end[-2] != '.')
        end--;
    return end;
}

/* The digits of a fraction, decimals (1..18) of them, without the zeros at their end but for the first. */
static inline char *put_fraction(char *at, uint64_t fraction, unsigned decimals)
{
    for (; decimals > 8; fraction %= powers[decimals])
        *at++ = (char)('0' + fraction / powers[--decimals]);
    uint64_t digits = eight_digits((uint32_t)(fraction * powers[8 - decimals]));
    put_word(at, digits + EACH_BYTE * '0');
    return without_zeros(at + 8 - (unsigned)__builtin_clzll(digits | 1) / 8);
}

static inline char *put_fixed(char *at, int64_t value, unsigned decimals)
{
    uint64_t magnitude;
    at = put_sign(at, value, &magnitude);
    at = oat_json_put_uint(at, magnitude / powers[decimals]);
    *at++ = '.';
    return put_fraction(at, magnitude % powers[decimals], decimals);
}

char *oat_json_put_fixed(char *at, int64_t value, unsigned decimals)
{
    /* Money and times, and milliseconds: the compiler knows how to divide by these. */
    if (decimals == 9)
        return put_fixed(at, value, 9);
    if (decimals == 6)
        return put_fixed(at, value, 6);
    return put_fixed(at, value, decimals);
}

#define SECOND_DIGITS 9u /* behind the point */

char *oat_json_put_seconds(char *at, const char *digits, size_t len)
{
    char padded[SECOND_DIGITS + 1] = "0000000000";
    if (len == OAT_JSON_TIME_DIGITS) {
        at = oat_json_put(at, digits, OAT_JSON_TIME_DIGITS - SECOND_DIGITS);
        *at++ = '.';
        return without_zeros(oat_json_put(at, digits + OAT_JSON_TIME_DIGITS - SECOND_DIGITS, SECOND_DIGITS));
    }
    if (len <= SECOND_DIGITS) {
        memcpy(padded + sizeof padded - len, digits, len);
        digits = padded;
        len = sizeof padded;
    }
    at = oat_json_put(at, digits, len - SECOND_DIGITS);
    *at++ = '.';
    at = oat_json_put(at, digits + len - SECOND_DIGITS, SECOND_DIGITS);
    return without_zeros(at);
}

/* ---- Strings ---------------------------------------------------------------------------------- */

/* The hex digits of four bytes, the first of which is the lowest. */
static uint64_t eight_hex_digits(uint32_t bytes)
{
    uint64_t x = (bytes | (uint64_t)bytes << 16) & EACH_FOUR * 0xffff;
    x = (x | x << 8) & EACH_TWO * 0xff;
    x = (x >> 4 & EACH_TWO * 0xf) | (x & EACH_TWO * 0xf) << 8;
    uint64_t letters = (x + EACH_BYTE * 6) >> 4 & EACH_BYTE;
    return x + EACH_BYTE * '0' + letters * ('a' - '0' - 10);
}

char *oat_json_put_hex(char *at, const uint8_t *bytes, size_t len)
{
    *at++ = '"';
    for (; len >= 4; len -= 4, bytes += 4, at += 8) {
        oat_le32 four;
        memcpy(&four, bytes, sizeof four);
        put_word(at, eight_hex_digits(oat_le32_get(four)));
    }
    for (; len > 0; len--, bytes++, at += 2)
        put_word(at, eight_hex_digits(*bytes));
    *at++ = '"';
    return at;
}

/* High bits of the bytes that are zero, and of none before the first of them. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - EACH_BYTE) & ~word & EACH_BYTE * 0x80;
}

/* High bits of the bytes that do not stand for themselves; before the first of those there is none. Bytes
 * below 0x20 borrow, DEL carries into its high bit. */
static inline uint64_t special_bytes(uint64_t word)
{
    uint64_t marks = word | (word - EACH_BYTE * 0x20) | (word + EACH_BYTE);
    return (marks & EACH_BYTE * 0x80) | zero_bytes(word ^ EACH_BYTE * '"') |
           zero_bytes(word ^ EACH_BYTE * '\\');
}

/* Plain text of less than 8 bytes. */
static size_t put_short(char *dst, const char *bytes, size_t len)
{
    size_t at = 0;
    for (; at < len && bytes[at] >= 0x20 && bytes[at] < 0x7f && bytes[at] != '"' && bytes[at] != '\\'; at++)
        dst[at] = bytes[at];
    return at;
}

size_t oat_json_put_plain(char *dst, const char *bytes, size_t len)
{
    if (len < 8)
        return put_short(dst, bytes, len);
    for (size_t at = 0;; at = len - at < 16 ? len - 8 : at + 8) { /* the last eight overlap others */
        uint64_t word = get_word(bytes + at), special = special_bytes(word);
        put_word(dst + at, word);
        if (special)
            return at + (unsigned)__builtin_ctzll(special) / 8;
        if (at + 8 == len)
            return len;
    }
}
