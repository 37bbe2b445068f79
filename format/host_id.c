#include "format/host_id.h"

#include "format/hash.h"
#include "format/ids.h"

#include <string.h>

/* Length without white space at the end. */
static size_t trimmed(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return len;
}

void oat_machine_id_of(const char *text, size_t len, const char *hostname, uint8_t ret[16])
{
    if (oat_hex_parse(text, trimmed(text, len), ret, 16))
        return;
    oat_content_id hashed = oat_content_id_of(hostname, strlen(hostname), 0);
    memcpy(ret, hashed.b, sizeof hashed.b);
}

void oat_boot_id_of(const char *text, size_t len, uint8_t ret[16])
{
    if (!oat_uuid_parse(text, trimmed(text, len), ret))
        memset(ret, 0, 16);
}
