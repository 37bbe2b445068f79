/* A text sought in texts and payloads, in any language, without regard to case.
 *
 * A text is found where its characters stand, each folded (format/casefold.h), and also where JSON
 * escapes stand for them: most payloads are JSON, and many programs write "\u00e9" for an e with an
 * acute accent. So both readings of the bytes are searched: as they stand, and with each escape
 * (format/json_escape.h) replaced by its character (format/fold_text.h). What is in a part of some bytes
 * is in all of them. An index that leaves bytes out must have both readings. */
#ifndef OAT_READER_TEXT_MATCH_H
#define OAT_READER_TEXT_MATCH_H

#include "oat/reader.h"

/* Immutable: many threads may use one. */
struct oat_text_match;

/* Takes the text to seek, which may go away afterwards. Empty text is found everywhere. Free it with
 * oat_text_match_free, which takes NULL. OAT_OK, OAT_E_NOMEM, OAT_E_INVALID: it is not UTF-8. */
int oat_text_match_create(const char *text, size_t len, struct oat_text_match **ret);
void oat_text_match_free(struct oat_text_match *match);

/* The text with every character folded, in UTF-8. Borrowed. */
oat_text oat_text_match_folded(const struct oat_text_match *match);

/* Finds the first place where the text begins at or behind `from` in any bytes. ret_pos, ret_len (in
 * bytes, as they stand): where it is; may be NULL. False: it is not there. */
bool oat_text_match_find(const struct oat_text_match *match, const void *bytes, size_t len, size_t from,
                         size_t *ret_pos, size_t *ret_len);

/* True when the text is in the bytes. */
static inline bool oat_text_match_in(const struct oat_text_match *match, const void *bytes, size_t len)
{
    return oat_text_match_find(match, bytes, len, 0, NULL, NULL);
}

#endif
