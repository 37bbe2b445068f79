/* Texts that go from one piece of a payload into the next.
 *
 * A payload is made of chunks and literals. What lies inside a chunk is found in the chunk, once for all
 * payloads that have it; what crosses a seam between pieces is sought here, and chunks are not decoded for
 * it: the bytes beside a seam that are known (literals, the edges of chunks) rule out nearly all seams,
 * because no two of them that a text crosses may stand beside each other unless they do so in some form of
 * the text. */
#ifndef OAT_READER_TEXT_SEAMS_H
#define OAT_READER_TEXT_SEAMS_H

#include "reader/text_match.h"

struct oat_byte_set {
    uint64_t bits[4];
};

/* What is known of a text in all its forms: any case, any escapes. Immutable once made. */
struct oat_text_seams {
    uint64_t reach;                  /* it takes fewer bytes than this */
    struct oat_byte_set first, last; /* bytes that it begins and ends with */
    struct oat_byte_set next[256];   /* bytes that stand behind each in it */
};

/* match: of a text that is not empty. */
void oat_text_seams_init(struct oat_text_seams *seams, const struct oat_text_match *match);

/* A walk over the pieces of a payload. Zeroed to begin with. */
struct oat_text_run {
    const struct oat_text_seams *seams;
    uint64_t offset; /* in the payload: where the next piece begins */
    uint64_t may_from,
        may_to;    /* a text that crosses a seam may be in here; the caller looks, and sets may_to 0 */
    uint64_t seam; /* the first that a text is crossing */
    bool inside, across,
        known;      /* a text may have begun; one may have crossed a seam; so is the byte before */
    uint8_t before; /* that byte */
};

/* The next bytes. */
void oat_text_run_bytes(struct oat_text_run *run, const uint8_t *bytes, size_t len);
/* So many bytes which are not known, and which whatever has begun may go on into. */
void oat_text_run_gap(struct oat_text_run *run, uint64_t len);
/* A piece ends here, and one begins. */
void oat_text_run_seam(struct oat_text_run *run);
/* So many bytes that no text is in; 0: none goes on from here. */
void oat_text_run_stop(struct oat_text_run *run, uint64_t len);

#endif
