/* What every cmocka program of the format needs, in the order cmocka wants it. */
#ifndef OAT_TESTS_GOLDEN_TEST_H
#define OAT_TESTS_GOLDEN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/run_random.h"

/* Fills bytes with a sequence that is the same in every run. */
static inline void golden_fill(void *dst, size_t len, uint64_t seed)
{
    uint8_t *p = dst;
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(oat_run_next(&seed) >> 56);
}

static inline void golden_flip(void *bytes, size_t bit)
{
    ((uint8_t *)bytes)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

#endif
