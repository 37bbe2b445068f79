#include "reader/text_copy.h"

#include <stdlib.h>
#include <string.h>

char *oat_text_copy(oat_text text)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    return copy;
}
