/* The mapped form of a pair's .spans: address space for the whole segment, disk space in growing
 * steps, pages faulted in ahead. */
#ifndef OAT_WRITER_PAIR_MAP_H
#define OAT_WRITER_PAIR_MAP_H

#include "writer/pair.h"

/* Allocates the first step and maps the segment. Where the file system cannot allocate ahead the
 * pair stays unmapped and OAT_OK is returned. OAT_E_FULL, OAT_E_IO, OAT_E_NOMEM (address space). */
int oat_pair_map(oat_pair *pair);

/* For a pair that stays unmapped: allocates the first step, where the file system can; a file that
 * does not grow with each slot is not held up while it is synced. OAT_OK, OAT_E_FULL or OAT_E_IO. */
int oat_pair_allocate_unmapped(oat_pair *pair);

/* Gives the address space back; no thread may append any more. Does nothing for a pair without it. */
void oat_pair_unmap(oat_pair *pair);

/* In a forked child: puts private memory in the segment's place, so that an append which fork()
 * interrupted (in a signal handler) ends harmlessly. Async-signal-safe. */
void oat_pair_abandon_map(oat_pair *pair);

/* Where fewer than `slots` slots may be handed out: makes the next 128 KiB of them ready, allocating
 * disk space by a step when it has to. OAT_OK, OAT_E_FULL or OAT_E_IO. */
int oat_pair_grow(oat_pair *pair, uint32_t slots);

/* Raises the "claimed" word of the header page to at least `claimed`. */
void oat_pair_map_raise_claimed(oat_pair *pair, uint32_t claimed);

/* Stores a word of the header page with one release store. */
void oat_pair_map_store_header_word(oat_pair *pair, uint32_t offset, uint64_t value);

static inline uint64_t *oat_pair_map_word(const oat_pair *pair, uint64_t offset)
{
    return (uint64_t *)(void *)(pair->map + offset);
}

/* A slot's commit word, 0 when it has none yet. */
static inline uint64_t oat_pair_map_load_word(const oat_pair *pair, uint32_t slot_no)
{
    return __atomic_load_n(oat_pair_map_word(pair, oat_slot_offset(slot_no)), __ATOMIC_ACQUIRE);
}

#define OAT_PREFETCH_SLOTS 8u /* 2 KiB ahead: measured best */

/* Fetches the lines of a slot that will be written soon: of the caller's lane, never of another's. */
static inline void oat_pair_map_prefetch(const oat_pair *pair, uint32_t slot_no)
{
    const uint8_t *slot = pair->map + oat_slot_offset(slot_no);
    for (unsigned line = 0; line < OAT_SLOT_SIZE; line += 64)
        __builtin_prefetch(slot + line, 1);
}

/* Writes bytes 8..255 and publishes them by the commit word (host order). */
static inline void oat_pair_map_store(oat_pair *pair, uint32_t slot_no, const uint8_t slot[OAT_SLOT_SIZE],
                                      uint64_t word)
{
    uint8_t *dst = pair->map + oat_slot_offset(slot_no);
    memcpy(dst + sizeof word, slot + sizeof word, sizeof word);
    memcpy(dst + 2 * sizeof word, slot + 2 * sizeof word, OAT_SLOT_SIZE - 2 * sizeof word); /* aligned */
    __atomic_store_n((uint64_t *)(void *)dst, htole64(word), __ATOMIC_RELEASE);
}

/* Commits slot slot_no: bytes 8..255 of `slot` and the commit word. Only the lane's owner may.
 * OAT_OK; in pwrite mode OAT_E_FULL or OAT_E_IO, and the slot stays a hole. */
static inline int oat_pair_commit(oat_pair *pair, uint32_t slot_no, const uint8_t slot[OAT_SLOT_SIZE],
                                  enum oat_slot_kind kind)
{
    uint64_t word = oat_slot_commit_word(slot, kind, pair->nonce, slot_no);
    if (__builtin_expect(pair->map == NULL, 0))
        return oat_pair_write_slot(pair, slot_no, slot, word);
    oat_pair_map_store(pair, slot_no, slot, word);
    return OAT_OK;
}

#endif
