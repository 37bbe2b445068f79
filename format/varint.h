/* LEB128 unsigned integers of at most 64 bits, and signed ones as such (SPEC.md, Conventions). */
#ifndef OAT_FORMAT_VARINT_H
#define OAT_FORMAT_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define OAT_VARINT_MAX 10u

/* Writes x at dst, which has room for OAT_VARINT_MAX bytes. Returns the bytes written. */
static inline size_t oat_varint_put(uint8_t *dst, uint64_t x)
{
    size_t n = 0;
    while (x >= 0x80) {
        dst[n++] = (uint8_t)(x | 0x80);
        x >>= 7;
    }
    dst[n++] = (uint8_t)x;
    return n;
}

/* Reads an integer from at most len bytes. Returns the bytes read, or 0 when they end early, do
 * not fit 64 bits, or are not the shortest form. */
static inline size_t oat_varint_get(const uint8_t *src, size_t len, uint64_t *ret)
{
    uint64_t x = 0;
    for (size_t n = 0; n < len && n < OAT_VARINT_MAX; n++) {
        uint64_t b = src[n];
        if (n == 9 && b > 1)
            return 0;
        x |= (b & 0x7f) << (7 * n);
        if (b < 0x80) {
            if (b == 0 && n > 0)
                return 0;
            *ret = x;
            return n + 1;
        }
    }
    return 0;
}

/* Bytes that oat_varint_put writes for x. */
static inline size_t oat_varint_size(uint64_t x)
{
    size_t n = 1;
    while (x >= 0x80) {
        x >>= 7;
        n++;
    }
    return n;
}

/* Zigzag: signed integers as unsigned ones, small absolute values as small ones. */
static inline uint64_t oat_zigzag(int64_t x)
{
    return (uint64_t)x << 1 ^ (x < 0 ? UINT64_MAX : 0);
}

static inline int64_t oat_unzigzag(uint64_t x)
{
    return (int64_t)(x >> 1 ^ ((x & 1 ? UINT64_MAX : 0)));
}

#endif
