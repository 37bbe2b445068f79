/* Fuzz target: a block of any bytes is refused or decodes alike in every way, never outside its
 * bytes; and any numbers come back from the block they are packed in.
 * Input: two bytes of row count, then the block, then the bitmap that it refers to, if it does. All but the
 * row count is then taken as numbers. */
#include "format/block_rows.h"
#include "fuzz/fuzz.h"
#include "oat/oat.h"

#include <string.h>

#define SEED 1

/* Every way of reading agrees. */
static void read_all(const struct oat_block *block)
{
    static uint64_t all64[OAT_BLOCK_ROWS], some[OAT_BLOCK_ROWS], present[OAT_BLOCK_ROWS];
    static uint32_t all32[OAT_BLOCK_ROWS], present32[OAT_BLOCK_ROWS];
    uint64_t rows[OAT_BLOCK_ROWS / 64];
    unsigned next = 0;
    oat_block_decode64(block, all64);
    oat_block_decode32(block, all32);
    oat_block_decode_present64(block, present);
    oat_block_decode_present32(block, present32);
    unsigned first = block->rows / 3, count = (block->rows - first + 1) / 2;
    oat_block_decode_some(block, first, count, some);
    fuzz_require(memcmp(some, all64 + first, count * sizeof *some) == 0);
    bool ranged = oat_block_range(block, 1, all64[0], rows);
    for (unsigned row = 0; row < block->rows; row++) {
        uint64_t x = oat_block_get(block, row);
        fuzz_require(all64[row] == x && all32[row] == (uint32_t)x);
        fuzz_require(!ranged || (rows[row / 64] >> row % 64 & 1) == (x >= 1 && x <= all64[0]));
        if (!block->bitmap || block->bitmap[row / 8] >> row % 8 & 1) {
            fuzz_require(present[next] == x && present32[next] == (uint32_t)x);
            next++;
        } else {
            fuzz_require(x == 0);
        }
    }
}

static void round_trip(const uint8_t *data, size_t size)
{
    static uint64_t values[OAT_BLOCK_ROWS], found[OAT_BLOCK_ROWS];
    static uint8_t bytes[OAT_BLOCK_SIZE_MAX];
    struct oat_block block;
    const char *what;
    size_t len = size < sizeof values ? size / sizeof *values * sizeof *values : sizeof values;
    unsigned count = (unsigned)(len / sizeof *values);
    if (count == 0)
        return;
    memcpy(values, data, len);
    size_t block_len = oat_block_encode(values, count, 1, NULL, bytes);
    oat_block_seal(bytes, block_len, SEED);
    fuzz_require(block_len <= sizeof bytes);
    fuzz_require(oat_block_open(bytes, block_len, count, NULL, SEED, true, &block, &what) == OAT_OK);
    oat_block_decode64(&block, found);
    fuzz_require(memcmp(found, values, len) == 0);
    read_all(&block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_block block;
    const char *what = NULL;
    if (size < 2)
        return 0;
    unsigned rows = 1 + (data[0] | (unsigned)data[1] << 8) % OAT_BLOCK_ROWS;
    const uint8_t *bitmap = NULL;
    size_t len = size - 2;
    if (oat_block_alike(data + 2, len) != 0 && len >= OAT_BLOCK_ROWS / 8) {
        len -= OAT_BLOCK_ROWS / 8;
        bitmap = data + 2 + len;
    }
    if (oat_block_open(data + 2, len, rows, bitmap, SEED, false, &block, &what) == OAT_OK)
        read_all(&block);
    else
        fuzz_require(what != NULL);
    round_trip(data + 2, size - 2);
    return 0;
}
