#include "format/ids.h"

#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"

#include <string.h>

#define UUID_LEN 36u

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool oat_hex_parse(const char *text, size_t len, uint8_t *ret, size_t count)
{
    if (len != 2 * count)
        return false;
    for (size_t i = 0; i < len; i++)
        if (digit_of(text[i]) < 0)
            return false;
    for (size_t i = 0; i < count; i++)
        ret[i] = (uint8_t)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
    return true;
}

void oat_hex_print(const uint8_t *bytes, size_t count, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * count] = '\0';
}

bool oat_uuid_parse(const char *text, size_t len, uint8_t ret[16])
{
    char hex[32];
    size_t n = 0;
    if (len != UUID_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return false;
        if (!dash)
            hex[n++] = text[i];
    }
    return oat_hex_parse(hex, sizeof hex, ret, 16);
}

bool oat_id_is_zero(const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++)
        if (b[i] != 0)
            return false;
    return true;
}

static void zero_becomes_one(uint8_t *id, size_t len)
{
    if (oat_id_is_zero(id, len))
        id[len - 1] = 1;
}

int oat_trace_id_of_text(const char *text, size_t len, uint8_t ret[16])
{
    uint8_t id[16] = {0};
    if (len == 0 || len > OAT_TEXT_MAX)
        return OAT_E_INVALID;
    if (!oat_hex_parse(text, len, id, 16) && !oat_uuid_parse(text, len, id) &&
        !oat_hex_parse(text, len, id + 8, 8)) {
        oat_content_id hashed = oat_content_id_of(text, len, 0);
        memcpy(id, hashed.b, sizeof id);
    }
    zero_becomes_one(id, sizeof id);
    memcpy(ret, id, sizeof id);
    return OAT_OK;
}

int oat_span_id_of_text(const uint8_t trace_id[16], const char *text, size_t len, uint8_t ret[8])
{
    uint8_t id[8];
    if (len == 0 || len > OAT_TEXT_MAX)
        return OAT_E_INVALID;
    if (!oat_hex_parse(text, len, id, sizeof id)) {
        uint8_t joined[16 + OAT_TEXT_MAX];
        memcpy(joined, trace_id, 16);
        memcpy(joined + 16, text, len);
        uint64_t hashed = oat_hash64(joined, 16 + len, 0);
        for (size_t i = 0; i < sizeof id; i++)
            id[i] = (uint8_t)(hashed >> (56 - 8 * i));
    }
    zero_becomes_one(id, sizeof id);
    memcpy(ret, id, sizeof id);
    return OAT_OK;
}
