/* The canonical form of a span (SPEC.md, Identity): what is the same wherever it lies. */
#ifndef OAT_READER_CANONICAL_H
#define OAT_READER_CANONICAL_H

#include "format/hash.h"
#include "reader/rows.h"

/* XXH3-128, seed 0, of the canonical form. Zeros when the span cannot be read any more or memory is
 * short. */
oat_content_id oat_canonical_id(struct oat_sources *sources, const struct oat_row *row);

#endif
