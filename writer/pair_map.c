#include "writer/pair_map.h"

#include "format/pair_header.h"
#include "oat/oat.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* A hundred idle writers cost little disk; a busy one seldom meets a step. */
static const uint64_t first_step_bytes = UINT64_C(256) << 10;
static const uint64_t steps_bytes[] = {UINT64_C(1) << 20, UINT64_C(4) << 20, UINT64_C(16) << 20};

#define PAGE_SLOTS (OAT_SPANS_HEADER_SIZE / OAT_SLOT_SIZE)
/* Kept ready ahead. What is ready is dirty and goes to the device at every sync, so an idle writer
 * keeps little. */
#define AHEAD_MIN   256u
#define AHEAD_MAX   16384u /* 4 MiB: 80 ms of 200,000 spans a second */
#define PIECE_SLOTS 512u   /* made ready at once, while other threads may wait for it */
#define AHEAD_NS    UINT64_C(100000000)
#define MEASURE_NS  UINT64_C(2000000) /* the shortest time that tells a rate */

static uint32_t slots_in(uint64_t file_bytes)
{
    return (uint32_t)((file_bytes - OAT_SPANS_HEADER_SIZE) / OAT_SLOT_SIZE);
}

/* Size after the next step from a file of `bytes`. */
static uint64_t next_size(uint64_t bytes, uint64_t max_bytes)
{
    uint64_t step = first_step_bytes;
    uint64_t reached = first_step_bytes;
    if (bytes > 0) {
        step = steps_bytes[0];
        for (unsigned i = 0; i < sizeof steps_bytes / sizeof *steps_bytes; i++) {
            step = steps_bytes[i];
            reached += step;
            if (bytes < reached)
                break;
        }
    }
    return bytes + step < max_bytes ? bytes + step : max_bytes;
}

static void populate(oat_pair *pair, uint32_t from, uint32_t to)
{
    uint8_t *begin = pair->map + OAT_SPANS_HEADER_SIZE + (uint64_t)from * OAT_SLOT_SIZE;
    size_t len = (size_t)(to - from) * OAT_SLOT_SIZE;
    if (madvise(begin, len, MADV_POPULATE_WRITE) == 0 || errno != EINVAL)
        return;
    /* Older kernels: touch each page with a store that changes nothing, whoever writes there. */
    for (size_t at = 0; at < len; at += OAT_SPANS_HEADER_SIZE)
        __atomic_fetch_or((uint64_t *)(void *)(begin + at), 0, __ATOMIC_RELAXED);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Allocates disk space by steps for at least `slots` slots. With the lock held. */
static int reserve(oat_pair *pair, uint32_t slots)
{
    while (atomic_load(&pair->reserved) < slots) {
        uint64_t from = oat_slot_offset(atomic_load(&pair->reserved));
        uint64_t to = next_size(from, oat_slot_offset(pair->slots_max));
        int error = oat_allocate(pair->spans_fd, from, to);
        if (error) {
            errno = error;
            return oat_io_result(error);
        }
        atomic_store(&pair->reserved, slots_in(to));
    }
    return OAT_OK;
}

int oat_pair_grow(oat_pair *pair, uint32_t slots)
{
    static uint8_t
        zeros[PIECE_SLOTS * OAT_SLOT_SIZE]; /* never written; not const, so that it takes no space */
    int st = OAT_OK;
    pthread_mutex_lock(&pair->lock);
    uint32_t from = atomic_load(&pair->allocated);
    if (from < slots && !pair->map) {
        st = reserve(pair, slots);
        if (st == OAT_OK)
            atomic_store(&pair->allocated, atomic_load(&pair->reserved));
    } else if (from < slots) {
        uint32_t to = smaller(from + PIECE_SLOTS, pair->slots_max);
        st = reserve(pair, to);
        /* Nobody owns a slot there yet. A page that is written comes into the page cache at a fifth
         * of what faulting it in from allocated space costs. */
        if (st == OAT_OK)
            st = oat_pwrite_all(pair->spans_fd, zeros, (size_t)(to - from) * OAT_SLOT_SIZE,
                                oat_slot_offset(from));
        if (st == OAT_OK)
            atomic_store(&pair->allocated, to);
    }
    pthread_mutex_unlock(&pair->lock);
    return st;
}

static int grow_to(oat_pair *pair, uint32_t slots)
{
    int st = OAT_OK;
    while (st == OAT_OK && atomic_load(&pair->allocated) < slots)
        st = oat_pair_grow(pair, slots);
    return st;
}

int oat_pair_map(oat_pair *pair)
{
    uint64_t max_bytes = oat_slot_offset(pair->slots_max);
    uint64_t bytes = next_size(0, max_bytes);

    int error = oat_allocate(pair->spans_fd, 0, bytes);
    if (error) {
        errno = error;
        return error == EOPNOTSUPP || error == ENOSYS ? OAT_OK : oat_io_result(error);
    }
    void *map = mmap(NULL, (size_t)max_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pair->spans_fd, 0);
    if (map == MAP_FAILED)
        return errno == ENOMEM ? OAT_E_NOMEM : errno == ENODEV ? OAT_OK : OAT_E_IO;
    pair->map = map;
    pair->map_len = (size_t)max_bytes;
    /* Default read-ahead makes a first touch stall for a millisecond. */
    madvise(map, pair->map_len, MADV_RANDOM);
    atomic_store(&pair->reserved, slots_in(bytes));
    uint32_t ahead = slots_in(bytes) / 2 / PAGE_SLOTS * PAGE_SLOTS;
    int st = grow_to(pair, ahead);
    if (st != OAT_OK)
        return st;
    populate(pair, 0, ahead);
    pair->populated = ahead;
    atomic_store(&pair->wake_at, ahead / 2);
    return OAT_OK;
}

int oat_pair_allocate_unmapped(oat_pair *pair)
{
    uint64_t bytes = next_size(0, oat_slot_offset(pair->slots_max));
    int error = oat_allocate(pair->spans_fd, 0, bytes);
    bool steps = error == 0;
    if (!steps && error != EOPNOTSUPP && error != ENOSYS) {
        errno = error;
        return oat_io_result(error);
    }
    uint32_t slots = steps ? slots_in(bytes) : pair->slots_max;
    atomic_store(&pair->reserved, slots);
    atomic_store(&pair->allocated, slots);
    return OAT_OK;
}

void oat_pair_unmap(oat_pair *pair)
{
    uint8_t *map = pair->map;
    /* Forgotten first: see oat_pair_release. */
    pair->map = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    if (map)
        munmap(map, pair->map_len);
}

void oat_pair_abandon_map(oat_pair *pair)
{
    if (pair->map)
        mmap(pair->map, pair->map_len, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

void oat_pair_map_raise_claimed(oat_pair *pair, uint32_t claimed)
{
    uint64_t *word = oat_pair_map_word(pair, OAT_SPANS_CLAIMED_OFFSET);
    uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (le64toh(seen) < claimed && !__atomic_compare_exchange_n(word, &seen, htole64(claimed), true,
                                                                   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

void oat_pair_map_store_header_word(oat_pair *pair, uint32_t offset, uint64_t value)
{
    __atomic_store_n(oat_pair_map_word(pair, offset), htole64(value), __ATOMIC_RELEASE);
}

/* Decides how much to keep ready, from what was used since it was last decided. */
static void measure(oat_pair *pair, uint32_t claimed)
{
    uint64_t now_ns = oat_clock_boot_ns();
    uint64_t since_ns = now_ns - pair->measured_boot_ns;
    if (since_ns < MEASURE_NS)
        return;
    if (pair->measured_boot_ns) {
        uint64_t want = (claimed - pair->measured_claimed) * AHEAD_NS / since_ns;
        want = want < AHEAD_MAX ? want : AHEAD_MAX;
        atomic_store(&pair->ahead, (uint32_t)want);
    }
    pair->measured_boot_ns = now_ns;
    pair->measured_claimed = claimed;
}

void oat_pair_prepare_ahead(oat_pair *pair)
{
    if (!pair->map || atomic_load(&pair->rolled))
        return;
    uint32_t claimed = atomic_load(&pair->claimed);
    uint32_t reserved = atomic_load(&pair->reserved);
    measure(pair, claimed);
    uint32_t ahead = greater(atomic_load(&pair->ahead), AHEAD_MIN);
    uint32_t want = smaller(claimed + ahead, pair->slots_max);
    /* A small segment is not worth more than its first step until it is used. */
    bool enough = want > reserved && ahead == AHEAD_MIN && claimed <= reserved / 2;
    if (enough)
        want = reserved;
    /* When it cannot grow, the thread that needs the space reports it. */
    grow_to(pair, want);
    uint32_t from = greater(pair->populated, claimed / PAGE_SLOTS * PAGE_SLOTS);
    uint32_t to = smaller(want, atomic_load(&pair->allocated)) / PAGE_SLOTS * PAGE_SLOTS;
    if (from < to) {
        populate(pair, from, to);
        pair->populated = to;
    }
    uint32_t wake_at = enough ? reserved / 2 : to - smaller(to, ahead / 2);
    atomic_store(&pair->wake_at, to == pair->slots_max ? UINT32_MAX : wake_at);
}

void oat_pair_prepare_again(oat_pair *pair)
{
    pair->populated = 0;
    oat_pair_prepare_ahead(pair);
}
