/* Everything that can be forgotten, in every pair and part of a set of sources: texts, and the pieces that
 * payloads are made of. */
#ifndef OAT_COMPACTOR_CONTENTS_H
#define OAT_COMPACTOR_CONTENTS_H

#include "format/buffer.h"
#include "reader/sources.h"

/* A chunk or a literal in a payload. */
struct oat_piece {
    size_t at, len; /* of it in the payload's bytes; a base may have been cut within it */
    size_t whole_at;
    size_t whole_len; /* what it is by itself: cut nowhere, of base64 decoded; in `wholes` */
    bool in_wholes;   /* else it is by itself what stands in the payload */
};

/* A payload with its pieces: a comma between two of them belongs to none. */
struct oat_pieces {
    struct oat_buffer bytes;
    struct oat_buffer wholes;
    struct oat_piece *pieces;
    size_t count, capacity;
};

/* The bytes of a piece by itself; whole_len of them. */
const uint8_t *oat_piece_whole(const struct oat_pieces *pieces, const struct oat_piece *piece);

/* What is called for each content; what it is given is borrowed for the call. Return OAT_OK to go on; another
 * result ends the visit and is returned. */
struct oat_contents_visitor {
    /* A name or the like, a key or text of attributes. */
    int (*text)(void *arg, const uint8_t *bytes, size_t len);
    int (*payload)(void *arg, const struct oat_pieces *pieces);
    void *arg;
};

/* Visits what the sources hold, each as often as it stands there, as it reads: what sources->forgotten has is
 * a marker. Of a pair also payloads that no span shows, or not yet. What cannot be read is left out
 * (reported). OAT_OK, OAT_E_NOMEM, what the visitor returned. */
int oat_contents_visit(struct oat_sources *sources, const struct oat_contents_visitor *visitor);

/* Visits one pair (its index) or part (its index, with OAT_SOURCE_PART) of them. */
int oat_contents_visit_source(struct oat_sources *sources, uint32_t source,
                              const struct oat_contents_visitor *visitor);

#endif
