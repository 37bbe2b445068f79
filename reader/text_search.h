/* Looking for a text in all payloads of a pack at once.
 *
 * Groups of chunks whose signatures rule the text out are not decoded; the others are, and their chunks
 * searched, each once, whatever quotes it. Then recipes tell which payloads have such a chunk, and are
 * searched for what chunks alone do not show: texts in literals, and across seams. */
#ifndef OAT_READER_TEXT_SEARCH_H
#define OAT_READER_TEXT_SEARCH_H

#include "reader/pack.h"
#include "reader/text_match.h"

/* Sets the bits of the payloads that contain the text, which is not empty, just as looking into each as
 * oat_pack_read_text has it would; but of markers in place of what is forgotten, and of what is damaged
 * (reported), some is left out. OAT_OK; OAT_NOTFOUND: the pack has no text index, or a damaged one
 * (reported); OAT_E_NOMEM. Takes 16 bytes a payload and 8 a chunk meanwhile. Any thread. */
int oat_text_search(struct oat_pack *pack, const struct oat_text_match *match, uint64_t *found);

#endif
