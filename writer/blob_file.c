#include "writer/blob_file.h"

#include "format/limits.h"
#include "oat/oat.h"
#include "writer/store_dir.h"

#include <errno.h>
#include <string.h>

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

/* Takes back what a write that failed has left, which may be an entry's head without its end. Where
 * there is no space for zeros, nothing was written either. */
static void undo(oat_blob_file *file, size_t len, uint64_t offset)
{
    static const uint8_t zeros[4096];
    int kept_errno = errno;
    int st = OAT_OK;
    for (size_t done = 0; done < len && st == OAT_OK; done += sizeof zeros) {
        size_t n = len - done < sizeof zeros ? len - done : sizeof zeros;
        st = oat_pwrite_all(file->fd, zeros, n, offset + done);
    }
    errno = kept_errno;
}

int oat_blob_write(oat_blob_file *file, const void *bytes, size_t len, uint64_t offset)
{
    if (oat_range_ok(offset, len, atomic_load_explicit(&file->mapped, memory_order_acquire))) {
        memcpy(file->map + offset, bytes, len);
        return OAT_OK;
    }
    int st = oat_pwrite_all(file->fd, bytes, len, offset);
    if (st != OAT_OK)
        undo(file, len, offset);
    return st;
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
