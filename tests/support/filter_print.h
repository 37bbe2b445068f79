/* A parsed filter as text, for tests: written in the filter language itself, so that it parses again. */
#ifndef OAT_TESTS_FILTER_PRINT_H
#define OAT_TESTS_FILTER_PRINT_H

#include "reader/filter.h"

/* The canonical form, as tests/vectors/filter.json describes it. free() it. Out of memory ends the
 * program. */
char *oat_filter_print(const struct oat_filter *filter);

#endif
