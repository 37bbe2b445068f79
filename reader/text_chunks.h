/* The chunks of a pack that a text is in. */
#ifndef OAT_READER_TEXT_CHUNKS_H
#define OAT_READER_TEXT_CHUNKS_H

#include "format/signature.h"
#include "reader/pack.h"
#include "reader/text_match.h"

#define OAT_TEXT_NOWHERE UINT64_MAX

struct oat_text_chunks {
    const struct oat_signatures *index; /* borrowed from the pack */
    uint32_t count;
    uint32_t *lens;   /* of the chunks, decoded */
    uint32_t *ends;   /* where the first text to end in each does; 0: it has none */
    uint64_t *closed; /* a bit for each that no text goes on into from the whole chunk before it */
};

/* Looks into all groups that may have the text, which is not empty. Chunks of a damaged group (reported) have
 * none. As oat_text_search. Free it with oat_text_chunks_free in any case. */
int oat_text_chunks_find(struct oat_pack *pack, const struct oat_text_match *match,
                         struct oat_text_chunks *ret);
void oat_text_chunks_free(struct oat_text_chunks *chunks);

/* Where the first text to end in some bytes ends, or OAT_TEXT_NOWHERE. */
uint64_t oat_text_first_end(const struct oat_text_match *match, const uint8_t *bytes, size_t len);

#endif
