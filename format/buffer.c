#include "format/buffer.h"

#include "oat/oat.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096u

uint8_t *oat_buffer_reserve(struct oat_buffer *buffer, size_t n)
{
    if (n > buffer->room - buffer->len || !buffer->bytes) {
        size_t room = buffer->room ? buffer->room : FIRST_ROOM;
        while (room - buffer->len < n)
            room *= 2;
        uint8_t *bytes = realloc(buffer->bytes, room);
        if (!bytes)
            return NULL;
        buffer->bytes = bytes;
        buffer->room = room;
    }
    return buffer->bytes + buffer->len;
}

int oat_buffer_put(struct oat_buffer *buffer, const void *bytes, size_t n)
{
    uint8_t *at = oat_buffer_reserve(buffer, n);
    if (!at)
        return OAT_E_NOMEM;
    if (n > 0)
        memcpy(at, bytes, n);
    buffer->len += n;
    return OAT_OK;
}
