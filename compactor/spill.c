#include "compactor/spill.h"

#include "compactor/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE (256u << 10)

void oat_spill_init(struct oat_spill *spill, int dir_fd)
{
    *spill = (struct oat_spill){.dir_fd = dir_fd, .fd = -1};
}

void oat_spill_close(struct oat_spill *spill)
{
    oat_fs_close(spill->fd);
    free(spill->buffer);
    oat_spill_init(spill, -1);
}

static int flush(struct oat_spill *spill)
{
    int result = spill->fd < 0 ? oat_fs_spill(spill->dir_fd, &spill->fd) : OAT_OK;
    if (result == OAT_OK)
        result = oat_fs_write(spill->fd, spill->buffer, spill->buffered, spill->len - spill->buffered);
    if (result == OAT_OK)
        spill->buffered = 0;
    return result;
}

int oat_spill_append(struct oat_spill *spill, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    if (!spill->buffer && !(spill->buffer = malloc(BUFFER_SIZE)))
        return OAT_E_NOMEM;
    while (len > 0) {
        size_t n = len < BUFFER_SIZE - spill->buffered ? len : BUFFER_SIZE - spill->buffered;
        memcpy(spill->buffer + spill->buffered, from, n);
        spill->buffered += n;
        spill->len += n;
        from += n;
        len -= n;
        int result = spill->buffered == BUFFER_SIZE ? flush(spill) : OAT_OK;
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_spill_read(struct oat_spill *spill, uint64_t offset, void *dst, size_t len)
{
    uint64_t in_file = spill->len - spill->buffered;
    size_t n = offset >= in_file ? 0 : in_file - offset < len ? (size_t)(in_file - offset) : len;
    size_t done = 0;
    int result = n > 0 ? oat_fs_read(spill->fd, dst, n, offset, &done) : OAT_OK;
    if (result != OAT_OK)
        return result;
    if (done != n) {
        errno = EIO;
        return OAT_E_IO;
    }
    if (len > n)
        memcpy((uint8_t *)dst + n, spill->buffer + (offset + n - in_file), len - n);
    return OAT_OK;
}
