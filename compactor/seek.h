/* Seeking the contents that are to be forgotten: those that have a text in them, or one by its id. */
#ifndef OAT_COMPACTOR_SEEK_H
#define OAT_COMPACTOR_SEEK_H

#include "compactor/contents.h"
#include "reader/catalog.h"
#include "reader/text_match.h"

/* Zero-initialise and set the first four. */
struct oat_seek {
    const struct oat_text_match *match; /* borrowed; NULL: */
    const uint8_t *content_id;          /* 16 bytes, borrowed; NULL: nothing is sought */
    uint64_t hash_seed;                 /* of the store: its ids */
    struct oat_catalog_entry like;      /* what all that is found becomes, but for id and length */
    struct oat_catalog_list found;      /* free it with oat_seek_clear */
    uint64_t texts, payloads;           /* places where something was found */
    size_t sort_at;                     /* entries, some of which may be the same content */
    bool *hits;                         /* of the pieces of a payload */
    size_t hits_capacity;
};

/* A visitor that adds to seek->found what is sought. A text over the seam of two pieces takes both, but for
 * one of a few bytes beside a longer one: such a one stands anywhere. */
struct oat_contents_visitor oat_seek_visitor(struct oat_seek *seek);

/* Adds a text that stands elsewhere, when it is what is sought. OAT_OK or OAT_E_NOMEM. */
int oat_seek_text(struct oat_seek *seek, const void *bytes, size_t len);

/* Leaves each content once in seek->found, in its order. */
void oat_seek_finish(struct oat_seek *seek);
void oat_seek_clear(struct oat_seek *seek);

#endif
