#include "access/name.h"

#include <string.h>

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

bool oat_name_is_good(const char *text)
{
    size_t len = strspn(text, ALPHANUMERIC "._-");
    return len > 0 && len < OAT_NAME_SIZE && text[len] == '\0' && strspn(text, ALPHANUMERIC) > 0;
}
