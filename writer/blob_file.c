#include "writer/blob_file.h"

#include "format/limits.h"
#include "oat/oat.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static uint64_t rounded(uint64_t len)
{
    return (len + OAT_BLOB_UNIT - 1) & ~(uint64_t)(OAT_BLOB_UNIT - 1);
}

int oat_blob_reserve_at(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t len, uint64_t *expected)
{
    if (!oat_range_ok(*expected, len, OAT_BLOBS_FILE_MAX - OAT_BLOB_UNIT))
        return OAT_E_LIMIT;
    /* Whoever sees the tail that follows sees this word too: the exchange releases it. */
    atomic_store_explicit(&inflight->from, *expected, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&file->tail, expected, *expected + rounded(len)))
        return OAT_OK;
    atomic_store(&inflight->from, 0);
    return OAT_NOTFOUND;
}

int oat_blob_reserve(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t len, uint64_t *ret_offset)
{
    uint64_t at = atomic_load(&file->tail);
    int st;
    do {
        st = oat_blob_reserve_at(file, inflight, len, &at);
    } while (st == OAT_NOTFOUND);
    if (st == OAT_OK)
        *ret_offset = at;
    return st;
}

/* Takes back what a write that failed has left, which may be an entry's head without its end. */
static int undo(oat_blob_file *file, uint64_t begin, uint64_t end, int result)
{
    static const uint8_t zeros[4096];
    int kept_errno = errno;
    while (begin < end) {
        size_t len = end - begin < sizeof zeros ? (size_t)(end - begin) : sizeof zeros;
        ssize_t n = pwrite(file->fd, zeros, len, (off_t)begin);
        if (n <= 0)
            break;
        begin += (uint64_t)n;
    }
    errno = kept_errno;
    return result;
}

int oat_blob_write(oat_blob_file *file, const void *bytes, size_t len, uint64_t offset)
{
    const char *from = bytes;
    uint64_t begin = offset;
    if (oat_range_ok(offset, len, atomic_load_explicit(&file->mapped, memory_order_acquire))) {
        memcpy(file->map + offset, bytes, len);
        return OAT_OK;
    }
    while (len > 0) {
        ssize_t n = pwrite(file->fd, from, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return undo(file, begin, offset, full ? OAT_E_FULL : OAT_E_IO);
        }
        if (n == 0) {
            errno = EIO;
            return undo(file, begin, offset, OAT_E_IO);
        }
        from += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return OAT_OK;
}

void oat_blob_done(oat_blob_inflight *inflight)
{
    atomic_store_explicit(&inflight->from, 0, memory_order_release);
}

void oat_blob_give_back(oat_blob_file *file, oat_blob_inflight *inflight, uint64_t offset, uint64_t len)
{
    uint64_t end = offset + rounded(len);
    if (atomic_compare_exchange_strong(&file->tail, &end, offset))
        atomic_fetch_add(&file->given_back, 1);
    atomic_store(&inflight->from, 0);
}
