#include "format/block.h"

#include "format/hash.h"
#include "format/packed.h"
#include "format/runs.h"
#include "format/spread.h"
#include "format/values.h"
#include "oat/oat.h"

#include <string.h>

_Static_assert(OAT_BLOCK_ROWS == OAT_SPREAD_ROWS, "bitmaps of blocks");

#define BITMAP_SIZE   (OAT_BLOCK_ROWS / 8)
#define BITMAP_WORDS  (OAT_BLOCK_ROWS / 64)
#define WIDTH_MAX     64u
#define CHECK_OFFSET  sizeof(oat_le32) /* the check covers what is behind it */
#define POSITION_SIZE sizeof(oat_le16)
#define VALUE_SIZE    sizeof(oat_le64)
#define COLUMN_SIZE   8u /* of the column that has the bitmap */
#define ENCODING_MASK 0x0fu

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
    enum oat_block_encoding encoding;
    uint64_t base; /* the least */
    size_t size;   /* of the body */
    unsigned width;
    unsigned exceptions; /* or runs */
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

/* Makes exceptions of the greatest values where that takes less. */
static void plan_exceptions(const uint64_t *values, unsigned count, struct plan *plan)
{
    uint16_t counts[WIDTH_MAX + 1];
    unsigned exceptions = oat_values_above(values, count, plan->base, plan->width - 1);
    if (exceptions * (POSITION_SIZE + VALUE_SIZE) >= plan->size)
        return; /* with fewer bits there are more */
    exceptions = 0;
    count_bit_lengths(values, count, plan->base, counts);
    for (unsigned width = plan->width; width-- > 0;) {
        exceptions += counts[width + 1];
        size_t size = body_size(count, width, exceptions);
        if (size < plan->size) {
            plan->size = size;
            plan->width = width;
            plan->exceptions = exceptions;
        }
    }
}

/* Few runs are as quick to read as packed numbers. */
static void plan_runs(const uint64_t *values, unsigned count, unsigned width, struct plan *plan)
{
    unsigned runs = oat_values_runs(values, count);
    size_t size = oat_runs_size(runs, width);
    if (width > OAT_RUNS_WIDTH_MAX || 2 * size >= plan->size)
        return;
    plan->encoding = OAT_BLOCK_RUNS;
    plan->size = size;
    plan->width = width;
    plan->exceptions = runs;
}

static struct plan plan_of(const uint64_t *values, unsigned count)
{
    uint64_t least, greatest;
    oat_values_range(values, count, &least, &greatest);
    unsigned width = bit_length(greatest - least);
    struct plan plan = {.encoding = OAT_BLOCK_PACKED, .base = least, .width = width};
    plan.size = body_size(count, width, 0);
    if (width > 0) {
        plan_exceptions(values, count, &plan);
        plan_runs(values, count, width, &plan);
    }
    return plan;
}

/* Writes the body of a PACKED block. */
static void write_packed(const uint64_t *values, unsigned count, const struct plan *plan, uint8_t *dst)
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

static uint8_t *put_bitmap(uint8_t *dst, const uint64_t bitmap[BITMAP_WORDS])
{
    for (unsigned word = 0; word < BITMAP_WORDS; word++) {
        oat_le64 bits = oat_le64_of(bitmap[word]);
        memcpy(dst + word * sizeof bits, &bits, sizeof bits);
    }
    return dst + BITMAP_SIZE;
}

static uint8_t *put_column(uint8_t *dst, unsigned column)
{
    memset(dst, 0, COLUMN_SIZE);
    *dst = (uint8_t)column;
    return dst + COLUMN_SIZE;
}

static void write_body(const uint64_t *values, unsigned count, const struct plan *plan, uint8_t *dst)
{
    if (plan->encoding == OAT_BLOCK_RUNS)
        oat_runs_write(values, count, plan->base, plan->width, dst);
    else if (plan->size > 0)
        write_packed(values, count, plan, dst);
}

/* Writes the header of a block that ends at `end`, its check apart, and returns its length. */
static size_t end_block(const struct plan *plan, enum oat_block_rows rows, uint8_t *dst, const uint8_t *end)
{
    struct oat_disk_block header = {
        .encoding = (uint8_t)((unsigned)plan->encoding | (unsigned)rows),
        .width = (uint8_t)plan->width,
        .exceptions = oat_le16_of((uint16_t)plan->exceptions),
        .base = oat_le64_of(plan->base),
    };
    memcpy(dst, &header, sizeof header);
    return (size_t)(end - dst);
}

/* The column that has this bitmap; 0: none. */
static unsigned find_bitmap(const struct oat_block_bitmaps *bitmaps, const uint64_t bitmap[BITMAP_WORDS])
{
    for (unsigned i = 0; bitmaps && i < bitmaps->count; i++)
        if (memcmp(bitmaps->of[i].bits, bitmap, BITMAP_SIZE) == 0)
            return bitmaps->of[i].column;
    return 0;
}

static void keep_bitmap(struct oat_block_bitmaps *bitmaps, unsigned column,
                        const uint64_t bitmap[BITMAP_WORDS])
{
    if (!bitmaps || bitmaps->count == OAT_BLOCK_BITMAPS)
        return;
    memcpy(bitmaps->of[bitmaps->count].bits, bitmap, BITMAP_SIZE);
    bitmaps->of[bitmaps->count++].column = (uint8_t)column;
}

/* Encodes values among zeros where that takes less than `size` bytes behind the header; 0: it does not. */
static size_t encode_present(const uint64_t *values, unsigned count, size_t size, unsigned column,
                             struct oat_block_bitmaps *bitmaps, uint8_t *dst)
{
    uint64_t bitmap[BITMAP_WORDS], present[OAT_BLOCK_ROWS];
    unsigned n = gather_present(values, count, bitmap, present);
    unsigned alike = find_bitmap(bitmaps, bitmap);
    size_t front = alike ? COLUMN_SIZE : BITMAP_SIZE;
    uint8_t *at = dst + sizeof(struct oat_disk_block);
    if (front >= size)
        return 0;
    struct plan plan = plan_of(present, n);
    if (front + plan.size >= size)
        return 0;
    if (!alike)
        keep_bitmap(bitmaps, column, bitmap);
    at = alike ? put_column(at, alike) : put_bitmap(at, bitmap);
    write_body(present, n, &plan, at);
    return end_block(&plan, alike ? OAT_BLOCK_ALIKE : OAT_BLOCK_BITMAP, dst, at + plan.size);
}

size_t oat_block_encode(const uint64_t *values, unsigned count, unsigned column,
                        struct oat_block_bitmaps *bitmaps, uint8_t *dst)
{
    struct plan plan = plan_of(values, count);
    uint8_t *body = dst + sizeof(struct oat_disk_block);
    size_t len = 0;
    if (plan.size == 0)
        plan.encoding = OAT_BLOCK_CONSTANT;
    else if (plan.base == 0)
        len = encode_present(values, count, plan.size, column, bitmaps, dst);
    if (len > 0)
        return len;
    write_body(values, count, &plan, body);
    return end_block(&plan, OAT_BLOCK_ALL, dst, body + plan.size);
}

void oat_block_seal(uint8_t *block, size_t len, uint64_t seed)
{
    oat_le32 check = oat_le32_of(check_of(block, len, seed));
    memcpy(block, &check, sizeof check);
}

/* ---- Reading ---- */

/* Bytes of what tells the rows. */
static size_t front_size(enum oat_block_rows rows)
{
    return rows == OAT_BLOCK_BITMAP ? BITMAP_SIZE : rows == OAT_BLOCK_ALIKE ? COLUMN_SIZE : 0;
}

static const char *header_problem(const struct oat_disk_block *header, size_t len)
{
    unsigned encoding = header->encoding & ENCODING_MASK, rows = header->encoding - encoding;
    unsigned width_max = encoding == OAT_BLOCK_CONSTANT ? 0
                         : encoding == OAT_BLOCK_RUNS   ? OAT_RUNS_WIDTH_MAX
                                                        : WIDTH_MAX;
    if (encoding < OAT_BLOCK_CONSTANT || encoding > OAT_BLOCK_RUNS || rows > OAT_BLOCK_ALIKE ||
        (encoding == OAT_BLOCK_CONSTANT && rows != OAT_BLOCK_ALL))
        return "block encoding";
    if (header->width > width_max)
        return "block width";
    if (encoding == OAT_BLOCK_CONSTANT && oat_le16_get(header->exceptions) != 0)
        return "block exceptions";
    return len < sizeof *header + front_size(rows) ? "block length" : NULL;
}

static bool positions_ascend(const struct oat_block *block)
{
    unsigned end = 0; /* of the positions that were seen */
    for (unsigned e = 0; e < block->exception_count; e++) {
        unsigned position = oat_block_exception_at(block, e);
        if (position < end || position >= block->packed_count)
            return false;
        end = position + 1;
    }
    return true;
}

/* Counts the rows that a block has numbers of. False: its bitmap has other rows too. */
static bool count_rows(struct oat_block *block)
{
    if (!block->bitmap)
        return true;
    block->packed_count = oat_spread_count(block->bitmap);
    return block->rows == OAT_BLOCK_ROWS ||
           oat_spread_rank(block->bitmap, block->rows) == block->packed_count;
}

/* Finds the parts of the body, which has len bytes. Returns what is wrong with them, or NULL. */
static const char *find_parts(struct oat_block *block, size_t len)
{
    if (block->encoding == OAT_BLOCK_RUNS) {
        if (len != oat_runs_size(block->run_count, block->width))
            return "block length";
        return oat_runs_good(block->packed, block->run_count, block->width, block->packed_count)
                   ? NULL
                   : "block runs";
    }
    if (len != body_size(block->packed_count, block->width, block->exception_count))
        return "block length";
    block->positions = block->packed + oat_packed_size(block->packed_count, block->width);
    block->exceptions = block->positions + positions_size(block->exception_count);
    return positions_ascend(block) ? NULL : "block exceptions";
}

/* Sets what a good header says. */
static void take_header(const struct oat_disk_block *header, struct oat_block *block)
{
    uint16_t count = oat_le16_get(header->exceptions);
    block->encoding = header->encoding & ENCODING_MASK;
    block->width = header->width;
    block->base = oat_le64_get(header->base);
    if (block->encoding == OAT_BLOCK_RUNS)
        block->run_count = count;
    else
        block->exception_count = count;
}

unsigned oat_block_alike(const uint8_t *src, size_t len)
{
    struct oat_disk_block header;
    if (len < sizeof header + COLUMN_SIZE)
        return 0;
    memcpy(&header, src, sizeof header);
    return (header.encoding & ~ENCODING_MASK) == OAT_BLOCK_ALIKE ? src[sizeof header] : 0;
}

const uint8_t *oat_block_bitmap(const uint8_t *src, size_t len)
{
    struct oat_disk_block header;
    if (len < sizeof header + BITMAP_SIZE)
        return NULL;
    memcpy(&header, src, sizeof header);
    return (header.encoding & ~ENCODING_MASK) == OAT_BLOCK_BITMAP ? src + sizeof header : NULL;
}

int oat_block_open(const uint8_t *src, size_t len, unsigned rows, const uint8_t *bitmap, uint64_t seed,
                   bool verify, struct oat_block *ret, const char **ret_what)
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
        enum oat_block_rows which = header.encoding & ~ENCODING_MASK;
        size_t front = sizeof header + front_size(which);
        take_header(&header, &block);
        block.packed = src + front;
        if (which != OAT_BLOCK_ALL)
            block.bitmap = which == OAT_BLOCK_BITMAP ? src + sizeof header : bitmap;
        if ((which != OAT_BLOCK_ALL && !block.bitmap) || !count_rows(&block))
            what = "block bitmap";
        else
            what = find_parts(&block, len - front);
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
    void oat_block_decode_present##bits(const struct oat_block *block, uint##bits##_t *dst)                  \
    {                                                                                                        \
        if (block->encoding == OAT_BLOCK_RUNS) {                                                             \
            oat_runs_read##bits(block->packed, block->run_count, block->width, (uint##bits##_t)block->base,  \
                                dst);                                                                        \
            return;                                                                                          \
        }                                                                                                    \
        oat_packed_read##bits(block->packed, 0, block->packed_count, block->width,                           \
                              (uint##bits##_t)block->base, dst);                                             \
        for (unsigned e = 0; e < block->exception_count; e++)                                                \
            dst[oat_block_exception_at(block, e)] = (uint##bits##_t)oat_block_exception(block, e);           \
    }                                                                                                        \
                                                                                                             \
    void oat_block_decode##bits(const struct oat_block *block, uint##bits##_t *dst)                          \
    {                                                                                                        \
        uint##bits##_t present[OAT_BLOCK_ROWS + OAT_SPREAD_AHEAD];                                           \
        if (!block->bitmap) {                                                                                \
            oat_block_decode_present##bits(block, dst);                                                      \
            return;                                                                                          \
        }                                                                                                    \
        oat_block_decode_present##bits(block, present);                                                      \
        oat_spread##bits(present, block->bitmap, dst);                                                       \
    }

DEFINE_DECODE(32)
DEFINE_DECODE(64)

bool oat_block_may_have(const struct oat_block *block, uint64_t value)
{
    uint64_t above = value - block->base;
    uint64_t mask = block->width == 0 ? 0 : UINT64_MAX >> (WIDTH_MAX - block->width);
    bool inside = value >= block->base && above <= mask;
    if (inside && block->encoding == OAT_BLOCK_RUNS)
        return oat_runs_have(block->packed, block->run_count, block->width, above);
    for (unsigned e = 0; e < block->exception_count && !inside; e++)
        inside = oat_block_exception(block, e) == value;
    return inside;
}

bool oat_block_range(const struct oat_block *block, uint64_t low, uint64_t high, uint64_t ret[BITMAP_WORDS])
{
    bool inside = block->base >= low && block->base <= high;
    if (block->bitmap || (block->encoding != OAT_BLOCK_RUNS && block->encoding != OAT_BLOCK_CONSTANT))
        return false;
    memset(ret, block->encoding == OAT_BLOCK_CONSTANT && inside ? UINT8_MAX : 0, BITMAP_SIZE);
    if (block->encoding == OAT_BLOCK_RUNS)
        oat_runs_range(block->packed, block->run_count, block->width, block->base, low, high, ret);
    return true;
}
