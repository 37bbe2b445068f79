#include "format/packed.h"

#include "format/simd.h"

#include <endian.h>
#include <string.h>

_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "words are loaded as they lie on disk");

/* Word j of all lanes is one run of 64 bytes, whatever the size of a word. */
#define RUN_SIZE    64u
#define WIDTH32_MAX 32u /* widths up to this are packed in words of 32 bits, greater ones of 64 */

/* These are always inlined so that word_bits, 32 or 64, is a constant in them and nothing is divided. */

OAT_ALWAYS_INLINE unsigned lanes_of(unsigned word_bits)
{
    return RUN_SIZE * 8 / word_bits;
}

/* Numbers in the longest lane. */
OAT_ALWAYS_INLINE unsigned lane_len(unsigned count, unsigned word_bits)
{
    return (count + lanes_of(word_bits) - 1) / lanes_of(word_bits);
}

OAT_ALWAYS_INLINE size_t size_in(unsigned count, unsigned width, unsigned word_bits)
{
    return (size_t)((lane_len(count, word_bits) * width + word_bits - 1) / word_bits) * RUN_SIZE;
}

size_t oat_packed_size(unsigned count, unsigned width)
{
    return width <= WIDTH32_MAX ? size_in(count, width, 32) : size_in(count, width, 64);
}

/* Defines a function that reads numbers [first, end) of each lane of words of word_bits bits, in vectors of
 * `size` bytes: a run, or a part of one. A step takes one number of every lane: all have the same shift. A
 * number that ends in the next word takes its upper bits from there, which happens at the same steps in every
 * block of that width. */
#define DEFINE_READ(name, size, word_bits, out_bits)                                                         \
    OAT_ALWAYS_INLINE void name(const uint8_t *src, unsigned first, unsigned end, unsigned width,            \
                                uint##out_bits##_t base, uint##out_bits##_t *dst)                            \
    {                                                                                                        \
        enum { LANES = size * 8 / word_bits };                                                               \
        typedef uint##word_bits##_t in __attribute__((vector_size(size)));                                   \
        typedef uint##out_bits##_t out __attribute__((vector_size(LANES * out_bits / 8)));                   \
        const uint##word_bits##_t mask = UINT##word_bits##_MAX >> (word_bits - width);                       \
        for (unsigned i = first, bit = first * width; i < end; i++, bit += width) {                          \
            unsigned shift = bit % word_bits;                                                                \
            const uint8_t *run = src + bit / word_bits * RUN_SIZE;                                           \
            for (unsigned part = 0; part < RUN_SIZE; part += size, dst += LANES) {                           \
                in x, high;                                                                                  \
                memcpy(&x, run + part, size);                                                                \
                x >>= shift;                                                                                 \
                if (shift + width > word_bits) {                                                             \
                    memcpy(&high, run + RUN_SIZE + part, size);                                              \
                    x |= high << (word_bits - shift);                                                        \
                }                                                                                            \
                out y = __builtin_convertvector(x & mask, out) + base;                                       \
                memcpy(dst, &y, sizeof y);                                                                   \
            }                                                                                                \
        }                                                                                                    \
    }

/* Defines a function that reads numbers of any width. */
#define DEFINE_READ_TO(out_bits, size)                                                                       \
    DEFINE_READ(read32_to_##out_bits##_##size, size, 32, out_bits)                                           \
    DEFINE_READ(read64_to_##out_bits##_##size, size, 64, out_bits)                                           \
    OAT_ALWAYS_INLINE void read_to_##out_bits##_##size(const uint8_t *src, unsigned first, unsigned end,     \
                                                       unsigned width, uint##out_bits##_t base,              \
                                                       uint##out_bits##_t *dst)                              \
    {                                                                                                        \
        if (width == 0)                                                                                      \
            for (unsigned i = first; i < end; i++)                                                           \
                *dst++ = base;                                                                               \
        else if (width <= WIDTH32_MAX)                                                                       \
            read32_to_##out_bits##_##size(src, first / lanes_of(32), lane_len(end, 32), width, base, dst);   \
        else                                                                                                 \
            read64_to_##out_bits##_##size(src, first / lanes_of(64), lane_len(end, 64), width, base, dst);   \
    }

DEFINE_READ_TO(32, 32)
DEFINE_READ_TO(32, 64)
DEFINE_READ_TO(64, 32)
DEFINE_READ_TO(64, 64)

OAT_SIMD_SIZED_FUNCTION(, oat_packed_read64, read_to_64,
                        (const uint8_t *src, unsigned first, unsigned end, unsigned width, uint64_t base,
                         uint64_t *dst),
                        (src, first, end, width, base, dst))
OAT_SIMD_SIZED_FUNCTION(, oat_packed_read32, read_to_32,
                        (const uint8_t *src, unsigned first, unsigned end, unsigned width, uint32_t base,
                         uint32_t *dst),
                        (src, first, end, width, base, dst))

/* Defines the reverse: `words` fills with a number of every lane at a time. */
#define DEFINE_WRITE(name, word_bits)                                                                        \
    static void name(const uint64_t *values, unsigned len, unsigned width, uint8_t *dst)                     \
    {                                                                                                        \
        enum { LANES = RUN_SIZE * 8 / word_bits };                                                           \
        uint##word_bits##_t words[LANES] = {0};                                                              \
        unsigned used = 0;                                                                                   \
        for (unsigned i = 0; i < len; i++, values += LANES) {                                                \
            for (unsigned lane = 0; lane < LANES; lane++)                                                    \
                words[lane] |= (uint##word_bits##_t)values[lane] << used;                                    \
            used += width;                                                                                   \
            if (used < word_bits)                                                                            \
                continue;                                                                                    \
            memcpy(dst, words, RUN_SIZE);                                                                    \
            dst += RUN_SIZE;                                                                                 \
            used -= word_bits;                                                                               \
            for (unsigned lane = 0; lane < LANES; lane++)                                                    \
                words[lane] = used == 0 ? 0 : (uint##word_bits##_t)(values[lane] >> (width - used));         \
        }                                                                                                    \
        if (used > 0)                                                                                        \
            memcpy(dst, words, RUN_SIZE);                                                                    \
    }

DEFINE_WRITE(write_words32, 32)
DEFINE_WRITE(write_words64, 64)

void oat_packed_write(const uint64_t *values, unsigned count, unsigned width, uint8_t *dst)
{
    if (width <= WIDTH32_MAX)
        write_words32(values, lane_len(count, 32), width, dst);
    else
        write_words64(values, lane_len(count, 64), width, dst);
}

/* The word-th word of a lane. */
OAT_ALWAYS_INLINE uint64_t word_get(const uint8_t *src, unsigned word_bits, unsigned lane, unsigned word)
{
    const uint8_t *at = src + word * RUN_SIZE + lane * (word_bits / 8);
    uint64_t x = 0;
    memcpy(&x, at, word_bits / 8);
    return x;
}

OAT_ALWAYS_INLINE uint64_t get_in(const uint8_t *src, unsigned width, unsigned index, unsigned word_bits)
{
    unsigned lane = index % lanes_of(word_bits);
    unsigned bit = index / lanes_of(word_bits) * width;
    unsigned shift = bit % word_bits;
    uint64_t x = word_get(src, word_bits, lane, bit / word_bits) >> shift;
    if (shift + width > word_bits)
        x |= word_get(src, word_bits, lane, bit / word_bits + 1) << (word_bits - shift);
    return x & UINT64_MAX >> (64 - width);
}

uint64_t oat_packed_get(const uint8_t *src, unsigned width, unsigned index)
{
    if (width == 0)
        return 0;
    return width <= WIDTH32_MAX ? get_in(src, width, index, 32) : get_in(src, width, index, 64);
}
