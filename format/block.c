#include "format/block.h"

#include "format/hash.h"
#include "format/packed.h"
#include "oat/oat.h"

#include <string.h>

#define BITMAP_SIZE   (OAT_BLOCK_ROWS / 8)
#define BITMAP_WORDS  (OAT_BLOCK_ROWS / 64)
#define WIDTH_MAX     64u
#define CHECK_OFFSET  sizeof(oat_le32) /* the check covers what is behind it */
#define POSITION_SIZE sizeof(oat_le16)
#define VALUE_SIZE    sizeof(oat_le64)

static size_t positions_size(unsigned exceptions)
{
    return (exceptions * POSITION_SIZE + VALUE_SIZE - 1) / VALUE_SIZE * VALUE_SIZE;
}

/* Bytes behind the header (and bitmap) of a block. */
static size_t body_size(unsigned count, unsigned width, unsigned exceptions)
{
    return oat_packed_size(count, width) + positions_size(exceptions) + exceptions * VALUE_SIZE;
}

static uint32_t check_of(const uint8_t *block, size_t len, uint64_t seed)
{
    return (uint32_t)oat_hash64(block + CHECK_OFFSET, len - CHECK_OFFSET, seed);
}

/* ---- Encoding ---- */

/* The best way to pack some values. */
struct plan {
    uint64_t base; /* the least */
    size_t size;   /* of the body */
    unsigned width;
    unsigned exceptions;
};

static unsigned bit_length(uint64_t x)
{
    return x == 0 ? 0 : 64 - (unsigned)__builtin_clzll(x);
}

/* counts[b]: how many of the values need b bits above base. */
static void count_bit_lengths(const uint64_t *values, unsigned count, uint64_t base,
                              uint16_t counts[WIDTH_MAX + 1])
{
    /* In turn, so that values of one length do not wait for each other's store. */
    uint16_t turn[4][WIDTH_MAX + 1] = {{0}};
    for (unsigned i = 0; i < count; i++)
        turn[i % 4][bit_length(values[i] - base)]++;
    for (unsigned b = 0; b <= WIDTH_MAX; b++)
        counts[b] = (uint16_t)(turn[0][b] + turn[1][b] + turn[2][b] + turn[3][b]);
}

static struct plan plan_of(const uint64_t *values, unsigned count)
{
    uint16_t counts[WIDTH_MAX + 1];
    uint64_t least, greatest;
    oat_packed_range(values, count, &least, &greatest);
    struct plan best = {.base = least, .width = bit_length(greatest - least)};
    best.size = body_size(count, best.width, 0);
    if (best.width == 0)
        return best;
    count_bit_lengths(values, count, least, counts);
    unsigned exceptions = 0;
    for (unsigned width = best.width; width-- > 0;) {
        exceptions += counts[width + 1];
        size_t size = body_size(count, width, exceptions);
        if (size < best.size) {
            best.size = size;
            best.width = width;
            best.exceptions = exceptions;
        }
    }
    return best;
}

/* Writes the body of a block. */
static void write_body(const uint64_t *values, unsigned count, const struct plan *plan, uint8_t *dst)
{
    uint64_t above[OAT_BLOCK_ROWS];
    uint64_t mask = plan->width == 0 ? 0 : UINT64_MAX >> (WIDTH_MAX - plan->width);
    uint8_t *positions = dst + oat_packed_size(count, plan->width);
    uint8_t *exceptions = positions + positions_size(plan->exceptions);

    memset(positions, 0, positions_size(plan->exceptions));
    for (unsigned i = 0; i < count; i++) {
        above[i] = values[i] - plan->base;
        if (above[i] <= mask)
            continue;
        above[i] = 0;
        oat_le16 position = oat_le16_of((uint16_t)i);
        oat_le64 value = oat_le64_of(values[i]);
        memcpy(positions, &position, sizeof position);
        memcpy(exceptions, &value, sizeof value);
        positions += sizeof position;
        exceptions += sizeof value;
    }
    for (unsigned i = count; i % OAT_PACKED_LANES_MAX != 0; i++)
        above[i] = 0;
    oat_packed_write(above, count, plan->width, dst);
}

/* Sets the bits of the rows that are not 0 and gathers those. Returns how many. */
static unsigned gather_present(const uint64_t *values, unsigned count, uint64_t bitmap[BITMAP_WORDS],
                               uint64_t *present)
{
    unsigned n = 0;
    memset(bitmap, 0, BITMAP_SIZE);
    for (unsigned i = 0; i < count; i++) {
        uint64_t bit = values[i] != 0;
        bitmap[i / 64] |= bit << i % 64;
        present[n] = values[i];
        n += (unsigned)bit;
    }
    return n;
}

static size_t write_block(enum oat_block_encoding encoding, const uint64_t *bitmap, const uint64_t *values,
                          unsigned count, const struct plan *plan, uint64_t seed, uint8_t *dst)
{
    struct oat_disk_block header = {
        .encoding = (uint8_t)encoding,
        .width = (uint8_t)plan->width,
        .exceptions = oat_le16_of((uint16_t)plan->exceptions),
        .base = oat_le64_of(plan->base),
    };
    size_t len = sizeof header;
    memcpy(dst, &header, sizeof header);
    for (unsigned word = 0; bitmap && word < BITMAP_WORDS; word++) {
        oat_le64 bits = oat_le64_of(bitmap[word]);
        memcpy(dst + len, &bits, sizeof bits);
        len += sizeof bits;
    }
    if (plan->size > 0)
        write_body(values, count, plan, dst + len);
    len += plan->size;
    header.check = oat_le32_of(check_of(dst, len, seed));
    memcpy(dst, &header, sizeof header);
    return len;
}

size_t oat_block_encode(const uint64_t *values, unsigned count, uint64_t seed, uint8_t *dst)
{
    struct plan packed = plan_of(values, count);
    if (packed.size == 0)
        return write_block(OAT_BLOCK_CONSTANT, NULL, values, count, &packed, seed, dst);
    if (packed.base == 0 && packed.size > BITMAP_SIZE) {
        uint64_t bitmap[BITMAP_WORDS], present[OAT_BLOCK_ROWS];
        unsigned n = gather_present(values, count, bitmap, present);
        struct plan sparse = plan_of(present, n);
        if (BITMAP_SIZE + sparse.size < packed.size)
            return write_block(OAT_BLOCK_SPARSE, bitmap, present, n, &sparse, seed, dst);
    }
    return write_block(OAT_BLOCK_PACKED, NULL, values, count, &packed, seed, dst);
}

/* ---- Reading ---- */

static uint64_t bitmap_word(const struct oat_block *block, unsigned word)
{
    oat_le64 bits;
    memcpy(&bits, block->bitmap + word * sizeof bits, sizeof bits);
    return oat_le64_get(bits);
}

static unsigned position_of(const struct oat_block *block, unsigned exception)
{
    oat_le16 position;
    memcpy(&position, block->positions + exception * sizeof position, sizeof position);
    return oat_le16_get(position);
}

static uint64_t exception_value(const struct oat_block *block, unsigned exception)
{
    oat_le64 value;
    memcpy(&value, block->exceptions + exception * sizeof value, sizeof value);
    return oat_le64_get(value);
}

/* Bits set in the bitmap below row `end`. */
static unsigned count_present(const struct oat_block *block, unsigned end)
{
    unsigned n = 0;
    for (unsigned word = 0; word < end / 64; word++)
        n += (unsigned)__builtin_popcountll(bitmap_word(block, word));
    if (end % 64 != 0)
        n += (unsigned)__builtin_popcountll(bitmap_word(block, end / 64) << (64 - end % 64));
    return n;
}

static const char *header_problem(const struct oat_disk_block *header, size_t len)
{
    bool constant = header->encoding == OAT_BLOCK_CONSTANT;
    if (header->encoding < OAT_BLOCK_CONSTANT || header->encoding > OAT_BLOCK_SPARSE)
        return "block encoding";
    if (header->width > WIDTH_MAX || (constant && header->width != 0))
        return "block width";
    if (constant && oat_le16_get(header->exceptions) != 0)
        return "block exceptions";
    if (header->encoding == OAT_BLOCK_SPARSE && len < sizeof *header + BITMAP_SIZE)
        return "block length";
    return NULL;
}

static bool positions_ascend(const struct oat_block *block)
{
    unsigned end = 0; /* of the positions that were seen */
    for (unsigned e = 0; e < block->exception_count; e++) {
        unsigned position = position_of(block, e);
        if (position < end || position >= block->packed_count)
            return false;
        end = position + 1;
    }
    return true;
}

/* Finds the parts of a block with a good header. Returns what is wrong with them, or NULL. */
static const char *find_parts(const uint8_t *src, size_t len, struct oat_block *block)
{
    size_t at = sizeof(struct oat_disk_block);
    if (block->encoding == OAT_BLOCK_SPARSE) {
        block->bitmap = src + at;
        block->packed_count = count_present(block, block->rows);
        if (count_present(block, OAT_BLOCK_ROWS) != block->packed_count)
            return "block bitmap";
        at += BITMAP_SIZE;
    }
    if (len != at + body_size(block->packed_count, block->width, block->exception_count))
        return "block length";
    block->packed = src + at;
    block->positions = block->packed + oat_packed_size(block->packed_count, block->width);
    block->exceptions = block->positions + positions_size(block->exception_count);
    return positions_ascend(block) ? NULL : "block exceptions";
}

int oat_block_open(const uint8_t *src, size_t len, unsigned rows, uint64_t seed, bool verify,
                   struct oat_block *ret, const char **ret_what)
{
    struct oat_disk_block header;
    const char *what = len < sizeof header ? "block length" : NULL;
    struct oat_block block = {.rows = rows, .packed_count = rows};

    if (!what) {
        memcpy(&header, src, sizeof header);
        if (verify && oat_le32_get(header.check) != check_of(src, len, seed))
            what = "block checksum";
        else
            what = header_problem(&header, len);
    }
    if (!what) {
        block.encoding = header.encoding;
        block.width = header.width;
        block.exception_count = oat_le16_get(header.exceptions);
        block.base = oat_le64_get(header.base);
        what = find_parts(src, len, &block);
    }
    if (what) {
        *ret_what = what;
        return OAT_E_CORRUPT;
    }
    *ret = block;
    return OAT_OK;
}

/* CONSTANT needs no case of its own: it reads as PACKED in 0 bits. */
#define DEFINE_DECODE(bits)                                                                                  \
    static void decode_present##bits(const struct oat_block *block, uint##bits##_t *dst)                     \
    {                                                                                                        \
        oat_packed_read##bits(block->packed, block->packed_count, block->width, (uint##bits##_t)block->base, \
                              dst);                                                                          \
        for (unsigned e = 0; e < block->exception_count; e++)                                                \
            dst[position_of(block, e)] = (uint##bits##_t)exception_value(block, e);                          \
    }                                                                                                        \
                                                                                                             \
    void oat_block_decode##bits(const struct oat_block *block, uint##bits##_t *dst)                          \
    {                                                                                                        \
        uint##bits##_t present[OAT_BLOCK_ROWS];                                                              \
        if (!block->bitmap) {                                                                                \
            decode_present##bits(block, dst);                                                                \
            return;                                                                                          \
        }                                                                                                    \
        decode_present##bits(block, present);                                                                \
        memset(dst, 0, block->rows * sizeof *dst);                                                           \
        for (unsigned word = 0, n = 0; word < BITMAP_WORDS; word++)                                          \
            for (uint64_t left = bitmap_word(block, word); left != 0; left &= left - 1)                      \
                dst[64 * word + (unsigned)__builtin_ctzll(left)] = present[n++];                             \
    }

DEFINE_DECODE(32)
DEFINE_DECODE(64)

void oat_block_decode_present64(const struct oat_block *block, uint64_t *dst)
{
    decode_present64(block, dst);
}

uint64_t oat_block_get(const struct oat_block *block, unsigned row)
{
    unsigned index = row;
    if (block->bitmap) {
        if ((bitmap_word(block, row / 64) >> row % 64 & 1) == 0)
            return 0;
        index = count_present(block, row);
    }
    unsigned first = 0, end = block->exception_count; /* the exceptions that may be it */
    while (first < end) {
        unsigned middle = first + (end - first) / 2;
        unsigned position = position_of(block, middle);
        if (position == index)
            return exception_value(block, middle);
        if (position < index)
            first = middle + 1;
        else
            end = middle;
    }
    return block->base + oat_packed_get(block->packed, block->width, index);
}
