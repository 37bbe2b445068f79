#include "writer/payload_copy.h"

#include "format/entry.h"
#include "format/payload.h"
#include "writer/text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads from the pair's .blobs (oat_payload_source). */
static ptrdiff_t read_blobs(void *arg, uint64_t offset, void *dst, size_t len)
{
    const oat_pair *pair = arg;
    size_t have = 0;
    while (have < len) {
        ssize_t n = pread(pair->blobs.fd, (uint8_t *)dst + have, len - have, (off_t)(offset + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ptrdiff_t)have;
}
