/* Names that people give: of tokens, of projects. */
#ifndef OAT_ACCESS_NAME_H
#define OAT_ACCESS_NAME_H

#include <stdbool.h>

#define OAT_NAME_SIZE 65 /* with the NUL */

/* 1 to 64 letters, digits, '.', '_' and '-' of ASCII, the first one a letter or a digit: it fits into a line,
 * a path and a message as it is. */
bool oat_name_is_good(const char *text);

#endif
