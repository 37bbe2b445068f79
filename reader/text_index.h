/* The text index of a pack. */
#ifndef OAT_READER_TEXT_INDEX_H
#define OAT_READER_TEXT_INDEX_H

#include "format/signature.h"
#include "reader/pack.h"

/* Opens it when nobody did yet, and checks all of it. *ret is borrowed from the pack. OAT_OK; OAT_NOTFOUND:
 * there is none; OAT_E_CORRUPT (reported once); OAT_E_NOMEM. Any thread. */
int oat_text_index(struct oat_pack *pack, const struct oat_signatures **ret);

#endif
