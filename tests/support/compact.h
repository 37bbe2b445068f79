/* Compacts a store without a lock, a plan or care for power loss: for tests of what parts hold. */
#ifndef OAT_TESTS_COMPACT_H
#define OAT_TESTS_COMPACT_H

#include "compactor/build.h"

struct oat_compact {
    uint64_t memory_bytes; /* 0: plenty */
    unsigned threads;      /* 0: 1 */
    bool merge;            /* takes the parts that are there, too; else they stay */
    const struct oat_catalog *catalog;
    struct oat_build_output output; /* of the last call; its parts are freed */
    uint64_t problems;              /* that were found in the input */
};

/* Makes parts of all pairs, publishes them and removes the pairs. Failures end the test. */
void oat_compact(struct oat_compact *compact, const char *dir);

/* The same without publishing: what oat_build_parts returned. */
int oat_compact_only_build(struct oat_compact *compact, const char *dir);

#endif
