/* Root spans as TRACES of a part tells them (SPEC.md "Part", like its root): a source with a row for each
 * trace. Of vectors it has those of OAT_ROOT_VECTORS; PARENT is 0. */
#ifndef OAT_READER_ROOT_SOURCE_H
#define OAT_READER_ROOT_SOURCE_H

#include "reader/batch.h"
#include "reader/part.h"

/* The vectors that it has, a bit for each. */
#define OAT_ROOT_VECTORS                                                                                     \
    (UINT64_C(1) << OAT_VECTOR_START | UINT64_C(1) << OAT_VECTOR_DURATION |                                  \
     UINT64_C(1) << OAT_VECTOR_STATUS | UINT64_C(1) << OAT_VECTOR_PARENT)

/* Sets a bit for each trace of a part in *ret_told, if its row tells all about its root, and in *ret_rest, if
 * it does or is masked, so that SPANS need not be read for it; NULL: for none. masked: likewise; NULL: none
 * is. The caller frees both with free(). OAT_OK, OAT_E_NOMEM. */
int oat_root_traces(struct oat_part *part, const uint64_t *masked, uint64_t **ret_told, uint64_t **ret_rest);

/* Opens a source over the part, which must outlive it as must the traces that are told. OAT_OK, OAT_E_NOMEM.
 */
int oat_root_source_new(struct oat_part *part, const uint64_t *traces, struct oat_source **ret);

#endif
