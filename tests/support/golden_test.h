/* What every cmocka program of the format needs, in the order cmocka wants it. */
#ifndef OAT_TESTS_GOLDEN_TEST_H
#define OAT_TESTS_GOLDEN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Fills bytes with a sequence that is the same in every run (splitmix64 of seed). */
static inline void golden_fill(void *dst, size_t len, uint64_t seed)
{
    uint8_t *p = dst;
    for (size_t i = 0; i < len; i++) {
        uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        p[i] = (uint8_t)(z >> 56);
    }
}

static inline void golden_flip(void *bytes, size_t bit)
{
    ((uint8_t *)bytes)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

#endif
