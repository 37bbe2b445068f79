/* Patterns: * stands for any text, ? for one character, a backslash takes away the meaning of the
 * character behind it. */
#ifndef OAT_READER_GLOB_H
#define OAT_READER_GLOB_H

#include "oat/reader.h"

/* True when the pattern fits the whole text. Bytes are compared as they are; a byte that belongs to no
 * UTF-8 character counts as one. Constant memory; at worst the product of the lengths in time. */
bool oat_glob_match(oat_text pattern, oat_text text);

#endif
