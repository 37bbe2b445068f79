/* Small questions about text that is not NUL-terminated. */
#ifndef OAT_INGEST_TEXT_H
#define OAT_INGEST_TEXT_H

#include "oat/reader.h"

/* The text up to NUL, borrowed. */
oat_text oat_text_of(const char *text);

/* True when both say the same; no text (bytes NULL) is the same as an empty one. */
bool oat_text_same(oat_text a, oat_text b);

/* True when a text is there and says exactly this, or begins so. */
bool oat_text_is(oat_text text, const char *other);
bool oat_text_begins(oat_text text, const char *prefix);

/* True when a text is the pattern, in which one '*' may stand for one byte or more. *ret_star is what
 * it stands for; bytes NULL without a star, and when the text does not match. */
bool oat_text_matches(oat_text text, const char *pattern, oat_text *ret_star);

#endif
