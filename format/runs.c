#include "format/runs.h"

#include "format/endian.h"
#include "format/values.h"

#include <string.h>

#define WORD_BITS 64u
#define LAST_MASK ((1u << OAT_RUNS_LAST_BITS) - 1)

size_t oat_runs_size(unsigned runs, unsigned width)
{
    return ((size_t)runs * (OAT_RUNS_LAST_BITS + width) + WORD_BITS - 1) / WORD_BITS * sizeof(oat_le64);
}

/* ---- Writing ---- */

/* Adds a run to words that are zero where it goes. */
static void put_run(uint8_t *words, unsigned number, unsigned run_bits, uint64_t run)
{
    size_t bit = (size_t)number * run_bits;
    uint8_t *at = words + bit / WORD_BITS * sizeof(oat_le64);
    unsigned shift = bit % WORD_BITS;
    oat_le64 word = oat_le64_of(oat_le64_load(at) | run << shift);
    memcpy(at, &word, sizeof word);
    if (shift + run_bits > WORD_BITS) {
        word = oat_le64_of(run >> (WORD_BITS - shift));
        memcpy(at + sizeof word, &word, sizeof word);
    }
}

void oat_runs_write(const uint64_t *values, unsigned count, uint64_t base, unsigned width, uint8_t *dst)
{
    unsigned runs = 0;
    memset(dst, 0, oat_runs_size(oat_values_runs(values, count), width));
    for (unsigned i = 0; i < count; i++)
        if (i + 1 == count || values[i + 1] != values[i])
            put_run(dst, runs++, OAT_RUNS_LAST_BITS + width, (values[i] - base) << OAT_RUNS_LAST_BITS | i);
}

/* ---- Reading ---- */

static uint64_t get_run(const uint8_t *words, unsigned number, unsigned run_bits)
{
    size_t bit = (size_t)number * run_bits;
    const uint8_t *at = words + bit / WORD_BITS * sizeof(oat_le64);
    unsigned shift = bit % WORD_BITS;
    uint64_t run = oat_le64_load(at) >> shift;
    if (shift + run_bits > WORD_BITS)
        run |= oat_le64_load(at + sizeof(oat_le64)) << (WORD_BITS - shift);
    return run & UINT64_MAX >> (WORD_BITS - run_bits);
}

bool oat_runs_good(const uint8_t *src, unsigned runs, unsigned width, unsigned count)
{
    unsigned end = 0; /* of the numbers of the runs that were seen */
    for (unsigned r = 0; r < runs; r++) {
        unsigned last = (unsigned)get_run(src, r, OAT_RUNS_LAST_BITS + width) & LAST_MASK;
        if (last < end || last >= count)
            return false;
        end = last + 1;
    }
    return end == count;
}

#define EIGHT 8u

/* Eight numbers of a run at a time. */
#define DEFINE_READ(bits)                                                                                    \
    void oat_runs_read##bits(const uint8_t *src, unsigned runs, unsigned width, uint##bits##_t base,         \
                             uint##bits##_t *dst)                                                            \
    {                                                                                                        \
        typedef uint##bits##_t eight __attribute__((vector_size(EIGHT * bits / 8)));                         \
        for (unsigned r = 0, i = 0; r < runs; r++) {                                                         \
            uint64_t run = get_run(src, r, OAT_RUNS_LAST_BITS + width);                                      \
            uint##bits##_t value = base + (uint##bits##_t)(run >> OAT_RUNS_LAST_BITS);                       \
            unsigned end = ((unsigned)run & LAST_MASK) + 1;                                                  \
            eight values = (eight){0} + value;                                                               \
            for (; i + EIGHT <= end; i += EIGHT)                                                             \
                memcpy(dst + i, &values, sizeof values);                                                     \
            for (; i < end; i++)                                                                             \
                dst[i] = value;                                                                              \
        }                                                                                                    \
    }

DEFINE_READ(32)
DEFINE_READ(64)

/* Sets bits [first, end). */
static void set_bits(uint64_t *bits, unsigned first, unsigned end)
{
    for (unsigned word = first / WORD_BITS; word * WORD_BITS < end; word++) {
        unsigned from = word == first / WORD_BITS ? first % WORD_BITS : 0;
        unsigned left = end - word * WORD_BITS; /* bits of the word and behind */
        uint64_t below = left < WORD_BITS ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        bits[word] |= below & UINT64_MAX << from;
    }
}

void oat_runs_range(const uint8_t *src, unsigned runs, unsigned width, uint64_t base, uint64_t low,
                    uint64_t high, uint64_t *bits)
{
    for (unsigned r = 0, first = 0; r < runs; r++) {
        uint64_t run = get_run(src, r, OAT_RUNS_LAST_BITS + width);
        uint64_t value = base + (run >> OAT_RUNS_LAST_BITS);
        unsigned end = ((unsigned)run & LAST_MASK) + 1;
        if (value >= low && value <= high)
            set_bits(bits, first, end);
        first = end;
    }
}

bool oat_runs_have(const uint8_t *src, unsigned runs, unsigned width, uint64_t value)
{
    for (unsigned run = 0; run < runs; run++)
        if (get_run(src, run, OAT_RUNS_LAST_BITS + width) >> OAT_RUNS_LAST_BITS == value)
            return true;
    return false;
}

/* The run that a number belongs to. */
static unsigned find_run(const uint8_t *src, unsigned runs, unsigned run_bits, unsigned index)
{
    unsigned first = 0, end = runs - 1; /* the runs that may have it */
    while (first < end) {
        unsigned middle = first + (end - first) / 2;
        unsigned last = (unsigned)get_run(src, middle, run_bits) & LAST_MASK;
        if (last < index)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

void oat_runs_read_some(const uint8_t *src, unsigned runs, unsigned width, uint64_t base, unsigned first,
                        unsigned count, uint64_t *dst)
{
    unsigned run_bits = OAT_RUNS_LAST_BITS + width;
    unsigned r = count > 0 ? find_run(src, runs, run_bits, first) : 0;
    for (unsigned i = 0; i < count; r++) {
        uint64_t run = get_run(src, r, run_bits), value = base + (run >> OAT_RUNS_LAST_BITS);
        unsigned end = ((unsigned)run & LAST_MASK) + 1 - first;
        for (; i < end && i < count; i++)
            dst[i] = value;
    }
}

uint64_t oat_runs_get(const uint8_t *src, unsigned runs, unsigned width, unsigned index)
{
    unsigned run_bits = OAT_RUNS_LAST_BITS + width;
    return get_run(src, find_run(src, runs, run_bits, index), run_bits) >> OAT_RUNS_LAST_BITS;
}
