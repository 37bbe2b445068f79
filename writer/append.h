/* The path of every append. In a header, so that the compiler sees through it. */
#ifndef OAT_WRITER_APPEND_H
#define OAT_WRITER_APPEND_H

#include "writer/core.h"
#include "writer/flusher.h"
#include "writer/pair_map.h"
#include "writer/writer.h"

/* Publishes that this thread is inside `current` and returns it. The re-check and the sealer's
 * barrier pair up: either the sealer sees `inside`, or this thread sees that current moved. */
static inline oat_pair *oat_pin(oat_thread *thread)
{
    oat_writer *writer = thread->writer;
    for (;;) {
        oat_pair *pair = atomic_load_explicit(&writer->current, memory_order_acquire);
        if (!pair)
            return NULL;
        if (writer->membarrier) {
            atomic_store_explicit(&thread->inside, pair, memory_order_relaxed);
            atomic_signal_fence(memory_order_seq_cst);
        } else {
            atomic_store(&thread->inside, pair);
        }
        if (__builtin_expect(atomic_load(&writer->current) == pair, 1))
            return pair;
        atomic_store_explicit(&thread->inside, NULL, memory_order_release);
    }
}

static inline void oat_unpin(oat_thread *thread)
{
    atomic_store_explicit(&thread->inside, NULL, memory_order_release);
}

/* Runs an append on the current pair, rolling as often as needed. Appends do not nest. */
static inline __attribute__((always_inline)) int oat_append(oat_thread *thread, oat_append_fn *fn, void *arg)
{
    oat_writer *writer = thread->writer;
    for (;;) {
        int st = OAT_NOTFOUND;
        oat_pair *pair = oat_pin(thread);
        if (__builtin_expect(pair != NULL, 1)) {
            st = fn(thread, pair, arg);
            oat_unpin(thread);
        }
        if (__builtin_expect(st != OAT_NOTFOUND, 1)) {
            oat_flusher_nudge(writer);
            return st;
        }
        st = oat_writer_roll(writer, pair);
        if (st != OAT_OK)
            return st;
    }
}

/* Appends one slot (bytes 8..255 filled) to the pair of the append under way; *ret_slot_no may be
 * NULL. Returns as oat_append_fn. */
static inline int oat_append_slot(oat_thread *thread, oat_pair *pair, const uint8_t slot[OAT_SLOT_SIZE],
                                  enum oat_slot_kind kind, uint32_t *ret_slot_no)
{
    int st = OAT_OK;
    oat_pair *lane_pair = atomic_load_explicit(&thread->lane_pair, memory_order_relaxed);
    if (__builtin_expect(lane_pair != pair || thread->lane.next == thread->lane.end, 0))
        st = oat_take_lane(thread, pair);
    if (st != OAT_OK)
        return st;
    uint32_t slot_no = thread->lane.next;
    if (pair->map && slot_no + OAT_PREFETCH_SLOTS < thread->lane.end)
        oat_pair_map_prefetch(pair, slot_no + OAT_PREFETCH_SLOTS);
    st = oat_pair_commit(pair, slot_no, slot, kind);
    if (st != OAT_OK)
        return st; /* the slot is tried again by the next append: it is still a hole */
    thread->lane.next++;
    oat_count_add(thread, OAT_COUNTER_SLOTS, 1);
    if (ret_slot_no)
        *ret_slot_no = slot_no;
    return OAT_OK;
}

#endif
