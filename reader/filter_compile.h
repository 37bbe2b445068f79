/* What a comparison's values mean for its field. */
#ifndef OAT_READER_FILTER_COMPILE_H
#define OAT_READER_FILTER_COMPILE_H

#include "reader/filter.h"
#include "reader/filter_error.h"

/* True when fields of the kind are compared by the operator. */
bool oat_filter_operator_fits(enum oat_field_kind kind, enum oat_filter_operator op);

/* Adds to the error what values of the field look like. */
void oat_filter_expect_value(const struct oat_filter_source *source, const struct oat_field *field,
                             enum oat_filter_operator op);

/* Compiles the values of a COMPARE node into its test. now_ns: as oat_filter_parse has it. OAT_OK,
 * OAT_E_NOMEM, or OAT_E_INVALID with the source's error at the value that is wrong. */
int oat_filter_compile(const struct oat_filter_source *source, uint64_t now_ns, struct oat_filter_node *node);

#endif
