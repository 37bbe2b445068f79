/* Which spans of two traces stand for each other. */
#ifndef OAT_HTTPD_ALIGN_H
#define OAT_HTTPD_ALIGN_H

#include "oat/reader.h"

#define OAT_ALIGN_NONE UINT32_MAX

struct oat_pair_of_spans {
    uint32_t a, b; /* indexes; OAT_ALIGN_NONE: the other trace alone has it */
};

/* Pairs the spans of two traces, each in tree order: those whose parents are a pair, and that are the n-th
 * child of their type and name; roots by number alone. *ret_pairs, free(): in the order of a, those of b
 * alone behind the span that they follow in b. OAT_OK, OAT_E_NOMEM. */
int oat_align(const oat_span_view *a, size_t a_count, const oat_span_view *b, size_t b_count,
              struct oat_pair_of_spans **ret_pairs, size_t *ret_count);

#endif
