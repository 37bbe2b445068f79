/* The rows of tests/vectors/filter.json as a source. */
#ifndef OAT_TESTS_FILTER_VECTORS_H
#define OAT_TESTS_FILTER_VECTORS_H

#include <jansson.h>

#include "tests/support/row_source.h"

#define OAT_FILTER_VECTORS "tests/vectors/filter.json"

/* Reads the file, from the top of the tree. A mistake in it is told on stderr and ends the program. */
json_t *oat_filter_vectors_load(void);

/* Its "rows" and "traces"; repeat: rows come so many times, one round behind the other. Payloads borrow
 * from the JSON. */
struct oat_row_source *oat_filter_vectors_rows(const json_t *vectors, unsigned repeat);

/* Its "now", in nanoseconds since the epoch. */
uint64_t oat_filter_vectors_now(const json_t *vectors);

#endif
