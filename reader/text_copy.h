/* Texts that outlive what they were read from. */
#ifndef OAT_READER_TEXT_COPY_H
#define OAT_READER_TEXT_COPY_H

#include "oat/reader.h"

/* A copy with a NUL behind it, which free() frees; of no text an empty one. NULL: out of memory. Unlike
 * strndup it reads all bytes of the text and none behind it, whatever they are. */
char *oat_text_copy(oat_text text);

#endif
