#include "format/fold_text.h"

#include "format/json_escape.h"
#include "format/utf8.h"

size_t oat_fold_get_any(const char *bytes, size_t len, bool escapes, uint32_t *ret)
{
    size_t taken = escapes ? oat_json_escape_get(bytes, len, ret) : 0;
    if (taken == 0)
        taken = oat_utf8_get(bytes, len, ret);
    if (taken > 0)
        *ret = oat_casefold(*ret);
    return taken;
}
