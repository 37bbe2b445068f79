/* How far one word is from another: for "did you mean". */
#ifndef OAT_FORMAT_EDIT_DISTANCE_H
#define OAT_FORMAT_EDIT_DISTANCE_H

#include <stddef.h>

#define OAT_EDIT_WORD_MAX 64u /* bytes of a word */

/* The fewest edits (a byte more, one less, another one) from a to b. SIZE_MAX when one of them is longer
 * than OAT_EDIT_WORD_MAX. */
size_t oat_edit_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
