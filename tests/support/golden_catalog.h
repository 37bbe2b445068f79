/* What outlives days, beside golden pairs: a catalog, made through format/ alone, and the MANIFEST that names
 * it. */
#ifndef OAT_TESTS_GOLDEN_CATALOG_H
#define OAT_TESTS_GOLDEN_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

/* A content that is forgotten. */
struct golden_content {
    const void *bytes;
    size_t len;
    bool erased; /* no part holds it; pairs may */
};

/* Writes both files. The i-th content has a redaction id of bytes 0xc0 + i. Trace 0x22.. has a tombstone, for
 * that reason. */
void golden_catalog(const char *dir, const struct golden_content *contents, unsigned count,
                    const char *reason);

#endif
