#include "writer/pair.h"

#include "format/ids.h"
#include "format/pair_header.h"
#include "format/random.h"
#include "oat/oat.h"
#include "writer/blob_map.h"
#include "writer/clock.h"
#include "writer/pair_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEDUP_STRINGS_MAX (1u << 16)
#define DEDUP_CHUNKS_MAX  (1u << 18)
#define NAME_SIZE         80

static _Atomic uint64_t next_serial = 1;

/* ---- Making the files ---- */

static void pair_name(const oat_host *host, uint32_t seq, const char *prefix, const char *suffix,
                      char ret[NAME_SIZE])
{
    char hex[33];
    oat_hex_print(host->writer_id, sizeof host->writer_id, hex);
    snprintf(ret, NAME_SIZE, "%s%s-%08x%s", prefix, hex, seq, suffix);
}

static void header_fill(struct oat_disk_pair_header *h, const oat_store_dir *dir, const oat_host *host,
                        const oat_pair *pair, bool spans)
{
    memset(h, 0, sizeof *h);
    memcpy(h->magic, spans ? OAT_MAGIC_SPANS : OAT_MAGIC_BLOBS, sizeof h->magic);
    h->major = oat_le16_of(OAT_FORMAT_MAJOR);
    h->minor = oat_le16_of(OAT_FORMAT_MINOR);
    h->header_size = oat_le32_of(spans ? OAT_SPANS_HEADER_SIZE : OAT_BLOBS_HEADER_SIZE);
    memcpy(h->writer_id, host->writer_id, sizeof h->writer_id);
    memcpy(h->store_id, dir->identity.store_id, sizeof h->store_id);
    h->hash_seed = dir->identity.hash_seed;
    h->nonce = oat_le64_of(pair->nonce);
    h->seq = oat_le32_of(pair->seq);
    h->slot_size = oat_le32_of(spans ? OAT_SLOT_SIZE : 0);
    memcpy(h->machine_id, host->machine_id, sizeof h->machine_id);
    memcpy(h->boot_id, host->boot_id, sizeof h->boot_id);
    h->created_ns = oat_le64_of(oat_clock_wall_ns());
    h->pid = oat_le32_of(host->pid);
    h->mode = pair->map ? OAT_PAIR_MAPPED : OAT_PAIR_PWRITE;
    memcpy(h->program, host->program, sizeof h->program);
    oat_pair_header_seal(h);
}

static int create_file(const oat_store_dir *dir, const char *name, int *ret_fd)
{
    int fd = openat(dir->hot_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return oat_io_result(errno);
    *ret_fd = fd;
    return OAT_OK;
}

/* Writes the header pages; the flags word says from the start whether anything is to be carried. */
static int write_headers(const oat_store_dir *dir, const oat_host *host, const oat_pair *pair, bool carried)
{
    struct oat_disk_pair_header header;
    oat_le64 flags = oat_le64_of(carried ? OAT_PAIR_FLAG_CARRIED : 0);

    header_fill(&header, dir, host, pair, false);
    int st = oat_pwrite_all(pair->blobs.fd, &header, sizeof header, 0);
    if (st != OAT_OK)
        return st;
    header_fill(&header, dir, host, pair, true);
    st = oat_pwrite_all(pair->spans_fd, &header, sizeof header, 0);
    if (st == OAT_OK)
        st = oat_pwrite_all(pair->spans_fd, &flags, sizeof flags, OAT_SPANS_FLAGS_OFFSET);
    /* The header page is whole even before the first slot. */
    if (st == OAT_OK && !pair->map)
        st = oat_pwrite_all(pair->spans_fd, "", 1, OAT_SPANS_HEADER_SIZE - 1);
    return st;
}

int oat_pair_create(const oat_store_dir *dir, const oat_host *host, const oat_pair_options *options,
                    oat_pair **ret)
{
    char temp_spans[NAME_SIZE], temp_blobs[NAME_SIZE], spans[NAME_SIZE], blobs[NAME_SIZE];
    int st = OAT_E_NOMEM;
    oat_pair *pair = aligned_alloc(_Alignof(oat_pair), sizeof *pair);
    if (!pair)
        return OAT_E_NOMEM;
    memset(pair, 0, sizeof *pair);
    pair->spans_fd = pair->blobs.fd = -1;
    pthread_mutex_init(&pair->lock, NULL);
    pair_name(host, options->seq, OAT_TEMP_PREFIX, ".spans", temp_spans);
    pair_name(host, options->seq, OAT_TEMP_PREFIX, ".blobs", temp_blobs);
    pair_name(host, options->seq, "", ".spans", spans);
    pair_name(host, options->seq, "", ".blobs", blobs);

    pair->seq = options->seq;
    pair->serial = atomic_fetch_add(&next_serial, 1);
    pair->created_boot_ns = oat_clock_boot_ns();
    pair->carried = options->carried;
    atomic_store(&pair->ahead, options->ahead);
    atomic_store(&pair->wake_at, UINT32_MAX);
    pair->slots_max = (options->slots_max + OAT_LANE_SLOTS - 1) / OAT_LANE_SLOTS * OAT_LANE_SLOTS;
    oat_random_bytes(&pair->nonce, sizeof pair->nonce);
    pair->blobs.nonce = pair->nonce;
    pair->blobs.hash_seed = oat_le64_get(dir->identity.hash_seed);
    atomic_store(&pair->blobs.tail, OAT_BLOBS_HEADER_SIZE);
    pair->strings = oat_dedup_new(DEDUP_STRINGS_MAX);
    pair->blobs.chunks = oat_dedup_new(DEDUP_CHUNKS_MAX);
    if (!pair->strings || !pair->blobs.chunks)
        goto fail;

    st = create_file(dir, temp_blobs, &pair->blobs.fd);
    if (st == OAT_OK)
        st = create_file(dir, temp_spans, &pair->spans_fd);
    if (st == OAT_OK && options->mapped)
        st = oat_pair_map(pair);
    pair->blobs.may_map = pair->map != NULL;
    if (st == OAT_OK && !pair->map)
        st = oat_pair_allocate_unmapped(pair);
    if (st == OAT_OK)
        st = write_headers(dir, host, pair, options->carried);
    if (st == OAT_OK && (renameat(dir->hot_fd, temp_blobs, dir->hot_fd, blobs) != 0 ||
                         renameat(dir->hot_fd, temp_spans, dir->hot_fd, spans) != 0))
        st = oat_io_result(errno);
    if (st != OAT_OK)
        goto fail;
    *ret = pair;
    return OAT_OK;
fail:;
    int kept_errno = errno;
    unlinkat(dir->hot_fd, temp_spans, 0);
    unlinkat(dir->hot_fd, temp_blobs, 0);
    oat_pair_free(pair);
    errno = kept_errno;
    return st;
}

void oat_pair_release(oat_pair *pair)
{
    oat_pair_unmap(pair);
    oat_blob_map_close(&pair->blobs);
    /* Forgotten before it is closed: a child that is forked in between must not close a number that
     * belongs to another file by then. */
    int spans_fd = pair->spans_fd;
    int blobs_fd = pair->blobs.fd;
    pair->spans_fd = pair->blobs.fd = -1;
    atomic_signal_fence(memory_order_seq_cst);
    if (spans_fd >= 0)
        close(spans_fd);
    if (blobs_fd >= 0)
        close(blobs_fd);
    oat_dedup_free(pair->strings);
    oat_dedup_free(pair->blobs.chunks);
    pair->strings = pair->blobs.chunks = NULL;
}

void oat_pair_abandon(oat_pair *pair)
{
    oat_pair_abandon_map(pair);
    oat_blob_map_abandon(&pair->blobs);
    if (pair->spans_fd >= 0)
        close(pair->spans_fd);
    if (pair->blobs.fd >= 0)
        close(pair->blobs.fd);
    pair->spans_fd = pair->blobs.fd = -1;
}

void oat_pair_free(oat_pair *pair)
{
    if (!pair)
        return;
    oat_pair_release(pair);
    pthread_mutex_destroy(&pair->lock);
    free(pair);
}

/* ---- Lanes ---- */

static bool take_spare(oat_pair *pair, oat_lane *ret)
{
    bool found = false;
    pthread_mutex_lock(&pair->lock);
    uint32_t count = atomic_load(&pair->spare_count);
    if (count > 0) {
        *ret = pair->spare[count - 1];
        atomic_store(&pair->spare_count, count - 1);
        found = true;
    }
    pthread_mutex_unlock(&pair->lock);
    return found;
}

/* Tells readers in other processes how far to look; a hint, never less than what was handed out. */
static int publish_claimed(oat_pair *pair, uint32_t claimed)
{
    if (pair->map) {
        oat_pair_map_raise_claimed(pair, claimed);
        return OAT_OK;
    }
    /* In order: a smaller number written late would hide slots of other threads from readers. */
    pthread_mutex_lock(&pair->lock);
    oat_le64 word = oat_le64_of(atomic_load(&pair->claimed));
    int st = oat_pwrite_all(pair->spans_fd, &word, sizeof word, OAT_SPANS_CLAIMED_OFFSET);
    pthread_mutex_unlock(&pair->lock);
    return st;
}

int oat_pair_take_lane(oat_pair *pair, uint32_t slots, oat_lane *ret)
{
    if (atomic_load_explicit(&pair->spare_count, memory_order_relaxed) > 0 && take_spare(pair, ret))
        return OAT_OK;
    uint32_t claimed = atomic_load(&pair->claimed);
    uint32_t end;
    do {
        uint32_t allocated = atomic_load(&pair->allocated);
        if (claimed >= pair->slots_max)
            return OAT_NOTFOUND;
        if (claimed + OAT_LANE_SLOTS > allocated) {
            int st = oat_pair_grow(pair, claimed + OAT_LANE_SLOTS);
            if (st != OAT_OK)
                return st;
            allocated = atomic_load(&pair->allocated);
        }
        end = claimed + slots < allocated ? claimed + slots : allocated;
    } while (!atomic_compare_exchange_weak(&pair->claimed, &claimed, end));
    int st = publish_claimed(pair, end);
    *ret = (oat_lane){.next = claimed, .end = end};
    if (st != OAT_OK)
        oat_pair_return_lane(pair, *ret);
    return st;
}

void oat_pair_return_lane(oat_pair *pair, oat_lane lane)
{
    static const uint8_t empty[OAT_SLOT_SIZE];
    bool kept = false;
    if (lane.next == lane.end)
        return;
    pthread_mutex_lock(&pair->lock);
    uint32_t count = atomic_load(&pair->spare_count);
    if (count < OAT_PAIR_SPARE_LANES) {
        pair->spare[count] = lane;
        atomic_store(&pair->spare_count, count + 1);
        kept = true;
    }
    pthread_mutex_unlock(&pair->lock);
    /* A hole that cannot be closed now is closed when the pair is sealed. */
    for (uint32_t slot_no = lane.next; !kept && slot_no < lane.end; slot_no++)
        oat_pair_commit(pair, slot_no, empty, OAT_SLOT_VOID);
}

/* ---- Slots ---- */

int oat_pair_write_slot(oat_pair *pair, uint32_t slot_no, const uint8_t slot[OAT_SLOT_SIZE], uint64_t word)
{
    uint8_t whole[OAT_SLOT_SIZE];
    oat_le64 word_le = oat_le64_of(word);
    memcpy(whole, slot, sizeof whole);
    memcpy(whole, &word_le, sizeof word_le);
    return oat_pwrite_all(pair->spans_fd, whole, sizeof whole, oat_slot_offset(slot_no));
}

/* Reads the first len bytes of a slot; returns as pread. */
static ssize_t read_slot(const oat_pair *pair, uint32_t slot_no, void *dst, size_t len)
{
    ssize_t n;
    do
        n = pread(pair->spans_fd, dst, len, (off_t)oat_slot_offset(slot_no));
    while (n < 0 && errno == EINTR);
    return n;
}

int oat_pair_fetch_slot(const oat_pair *pair, uint32_t slot_no, uint8_t ret[OAT_SLOT_SIZE])
{
    return read_slot(pair, slot_no, ret, OAT_SLOT_SIZE) == (ssize_t)OAT_SLOT_SIZE ? OAT_OK : OAT_E_IO;
}

/* OAT_OK: the slot has a commit word. OAT_NOTFOUND: it is a hole. OAT_E_IO: it cannot be read, and may
 * be either. */
static int find_commit(const oat_pair *pair, uint32_t slot_no)
{
    oat_le64 word = {{0}};
    if (pair->map)
        return oat_pair_map_load_word(pair, slot_no) ? OAT_OK : OAT_NOTFOUND;
    if (read_slot(pair, slot_no, &word, sizeof word) < 0)
        return OAT_E_IO;
    return oat_le64_get(word) ? OAT_OK : OAT_NOTFOUND;
}

/* ---- Header records ---- */

void oat_pair_set_carried(oat_pair *pair)
{
    oat_le64 flags = oat_le64_of(OAT_PAIR_FLAG_CARRIED);
    if (pair->map)
        oat_pair_map_store_header_word(pair, OAT_SPANS_FLAGS_OFFSET, OAT_PAIR_FLAG_CARRIED);
    else
        oat_pwrite_all(pair->spans_fd, &flags, sizeof flags, OAT_SPANS_FLAGS_OFFSET);
}

static int write_durable(oat_pair *pair, uint64_t blob_bytes)
{
    struct oat_disk_durable record = {
        .slots = oat_le64_of(pair->durable_slots),
        .blob_bytes = oat_le64_of(blob_bytes),
        .flush_seq = oat_le64_of(pair->flush_seq + 1),
    };
    uint64_t offset = OAT_SPANS_DURABLE_OFFSET + (pair->flush_seq + 1) % 2 * OAT_SPANS_LINE_SIZE;
    oat_durable_seal(&record, pair->nonce);
    int st = oat_pwrite_all(pair->spans_fd, &record, sizeof record, offset);
    if (st == OAT_OK)
        pair->flush_seq++; /* one that failed is written again in its place, not over the newest */
    return st;
}

/* Where .blobs ends, at most `end`: behind writes that failed there is no file. */
static uint64_t within_blobs(const oat_pair *pair, uint64_t end)
{
    struct stat st;
    return fstat(pair->blobs.fd, &st) == 0 && (uint64_t)st.st_size < end ? (uint64_t)st.st_size : end;
}

/* The kernel may drop dirty pages that it could not write, and reports it once: a second sync that
 * succeeds says nothing about them. */
static int sync_file(oat_pair *pair, int fd)
{
    if (fdatasync(fd) == 0)
        return OAT_OK;
    pair->sync_failed = true;
    return oat_io_result(errno);
}

int oat_pair_sync(oat_pair *pair, uint64_t whole_blob_bytes)
{
    uint32_t claimed = atomic_load(&pair->claimed);
    uint64_t slots = pair->durable_slots;
    uint64_t blob_bytes = within_blobs(pair, whole_blob_bytes);
    while (slots < claimed && find_commit(pair, (uint32_t)slots) == OAT_OK)
        slots++;
    int st = sync_file(pair, pair->blobs.fd);
    if (st == OAT_OK)
        st = sync_file(pair, pair->spans_fd);
    if (st != OAT_OK)
        return st;
    pair->durable_slots = slots;
    return write_durable(pair, blob_bytes);
}

int oat_pair_seal(oat_pair *pair)
{
    static const uint8_t empty[OAT_SLOT_SIZE];
    uint32_t claimed = atomic_load(&pair->claimed);
    uint64_t blob_bytes = within_blobs(pair, atomic_load(&pair->blobs.tail));
    int st = OAT_OK;

    for (uint32_t slot_no = 0; slot_no < claimed && st == OAT_OK; slot_no++) {
        st = find_commit(pair, slot_no);
        if (st == OAT_NOTFOUND)
            st = oat_pair_commit(pair, slot_no, empty, OAT_SLOT_VOID);
    }
    if (st == OAT_OK)
        st = oat_pair_sync(pair, blob_bytes);
    if (st != OAT_OK)
        return st;

    struct oat_disk_seal record = {
        .slots = oat_le64_of(claimed),
        .blob_bytes = oat_le64_of(blob_bytes),
        .sealed_ns = oat_le64_of(oat_clock_wall_ns()),
    };
    oat_seal_seal(&record, pair->nonce);
    st = oat_pwrite_all(pair->spans_fd, &record, sizeof record, OAT_SPANS_SEAL_OFFSET);
    if (st == OAT_OK)
        st = sync_file(pair, pair->spans_fd);
    if (st != OAT_OK)
        return st;
    pair->sealed = true;
    /* Only space: where the file system cannot punch holes the tails stay allocated. */
    oat_blob_map_trim(&pair->blobs, blob_bytes);
    uint64_t end = oat_slot_offset(claimed);
    uint64_t page_end = (end + OAT_SPANS_HEADER_SIZE - 1) / OAT_SPANS_HEADER_SIZE * OAT_SPANS_HEADER_SIZE;
    uint64_t allocated_end = oat_slot_offset(atomic_load(&pair->reserved));
    if (page_end < allocated_end)
        fallocate(pair->spans_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)page_end,
                  (off_t)(allocated_end - page_end));
    return OAT_OK;
}
