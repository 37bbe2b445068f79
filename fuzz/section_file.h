/* Input that is a file of sections. */
#ifndef OAT_FUZZ_SECTION_FILE_H
#define OAT_FUZZ_SECTION_FILE_H

#include "fuzz/fuzz.h"
#include "tests/support/sections_mend.h"

#include <stdlib.h>
#include <string.h>

/* Reads the file as it is, and, when they are wrong, with checksums that are right. */
static inline void fuzz_section_file(const uint8_t *data, size_t size, const char *magic,
                                     void (*read)(const uint8_t *file, size_t len))
{
    uint8_t *mended = malloc(size + 1);
    fuzz_require(mended != NULL);
    memcpy(mended, data, size);
    read(data, size);
    oat_sections_mend(mended, size, magic);
    if (memcmp(mended, data, size) != 0)
        read(mended, size);
    free(mended);
}

#endif
