/* Codes for byte strings: 1, 2, 3 ... in the order of first use. */
#ifndef OAT_READER_INTERN_H
#define OAT_READER_INTERN_H

#include "oat/reader.h"

/* Zero-initialise; free with oat_intern_free. One thread at a time. */
struct oat_intern {
    oat_text *texts; /* of code i + 1; bytes are a copy of its own */
    uint32_t count;
    size_t capacity;
    uint32_t *table; /* open addressing: code, 0 = free */
    size_t table_size;
    uint64_t seed;
};

/* The code of a text; of an unset one (bytes NULL) 0. OAT_OK or OAT_E_NOMEM. */
int oat_intern(struct oat_intern *intern, oat_text text, uint32_t *ret_code);
void oat_intern_free(struct oat_intern *intern);

#endif
