/* Texts sought in the payloads of a part. */
#ifndef OAT_READER_PART_CONTAINS_H
#define OAT_READER_PART_CONTAINS_H

#include "reader/part.h"
#include "reader/text_match.h"

/* What was found so far of one text, by payload, so that a payload which many spans share is read once. When
 * many are asked for, all of them are searched at once (text_search.h). Used by one thread. */
struct oat_part_search {
    struct oat_part *part;
    char *folded; /* the text that is sought */
    size_t folded_len;
    uint64_t *known; /* a bit for each payload of the pack */
    uint64_t *found;
    uint64_t read_bytes; /* of payloads that were read one by one */
    bool searched;       /* all, or it was not possible */
};

/* OAT_OK or OAT_E_NOMEM. */
int oat_part_search_open(struct oat_part_search *search, struct oat_part *part,
                         const struct oat_text_match *match);
void oat_part_search_close(struct oat_part_search *search);

/* True when it is the search of that text. */
bool oat_part_search_is_of(const struct oat_part_search *search, const struct oat_text_match *match);

/* Whether a payload (its number in the pack + 1; 0: none) contains the text, which is the search's. Empty
 * text is in every payload. One that is lost contains no other; in one that is damaged (reported) it may be
 * missed. OAT_OK or
 * OAT_E_NOMEM. */
int oat_part_contains(struct oat_part_search *search, const struct oat_text_match *match, uint64_t number,
                      bool *ret);

#endif
