#include "format/fold_text.h"

#include "format/json_escape.h"
#include "format/utf8.h"

/* Half of a pair of surrogates stands for no character: what it is depends on what is beside it. */
static size_t get_escape(const char *bytes, size_t len, uint32_t *ret)
{
    size_t taken = oat_json_escape_get(bytes, len, ret);
    bool is_half = taken > 0 && *ret == 0xfffd && bytes[2] != 'f' && bytes[2] != 'F';
    return is_half ? 0 : taken;
}

size_t oat_fold_get_any(const char *bytes, size_t len, bool escapes, uint32_t *ret)
{
    bool escape = escapes && len > 0 && bytes[0] == '\\';
    size_t taken = escape ? get_escape(bytes, len, ret) : oat_utf8_get(bytes, len, ret);
    if (taken > 0)
        *ret = oat_casefold(*ret);
    return taken;
}
