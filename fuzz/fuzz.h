/* What every fuzz target defines, and how it says that a promise was broken. */
#ifndef OAT_FUZZ_H
#define OAT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, and so the input is kept, when a promise of the code under test is broken. */
static inline void fuzz_require(bool promise)
{
    if (!promise)
        abort();
}

#endif
