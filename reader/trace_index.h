/* TRACES of a store: which parts have a trace (SPEC.md, "Index of traces"). It spares opening all parts to
 * find one id. What it says of a part stays true: it may lack new parts, and name some that are gone. */
#ifndef OAT_READER_TRACE_INDEX_H
#define OAT_READER_TRACE_INDEX_H

#include "indexer/id_index.h"
#include "reader/manifest.h"

#define OAT_TRACE_INDEX_NAME "TRACES"

struct oat_trace_index;

/* Opens that of a store. OAT_OK, OAT_E_NOMEM; OAT_NOTFOUND: there is none, or it cannot be used. */
int oat_trace_index_open(int store_fd, const struct oat_manifest *manifest, struct oat_trace_index **ret);
/* Accepts NULL. */
void oat_trace_index_close(struct oat_trace_index *index);

/* What follows may be called from any thread. */

/* The generation of the MANIFEST that it was made for: it knows nothing of newer parts. */
uint64_t oat_trace_index_generation(const struct oat_trace_index *index);

/* True when it has all traces of the part of the manifest with that index. */
bool oat_trace_index_covers(const struct oat_trace_index *index, size_t part);

/* A row of TRACES of a part of the manifest. */
struct oat_trace_place {
    size_t part;
    uint32_t row; /* may be over the rows it has */
};

/* Where in the parts that it covers a trace may be: the caller compares ids. False: there are more than max
 * such places, or the index is damaged: it tells nothing then. */
bool oat_trace_index_find(struct oat_trace_index *index, const uint8_t trace_id[16],
                          struct oat_trace_place *ret_places, size_t max, size_t *ret_count);

#endif
