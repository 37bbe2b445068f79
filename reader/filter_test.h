/* Whether one value passes a comparison. */
#ifndef OAT_READER_FILTER_TEST_H
#define OAT_READER_FILTER_TEST_H

#include "reader/filter.h"

/* A number that is there. Not for null tests. */
bool oat_filter_test_number(const struct oat_filter_node *node, int64_t value);

/* A text; bytes NULL: there is none. */
bool oat_filter_test_text(const struct oat_filter_node *node, oat_text text);

/* An attribute of a span: its key and encoded value (format/attrs.h). For a null test: true when it is
 * an attribute of that key with a value, whatever negate says. */
bool oat_filter_test_attribute(const struct oat_filter_node *node, oat_text key, oat_text value);

/* An id as little-endian words; texts of the test are not looked at, nor is negate. */
bool oat_filter_test_id(const struct oat_filter_node *node, const uint64_t *words, size_t word_count);

#endif
