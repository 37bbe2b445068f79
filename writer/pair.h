/* One pair of files, .spans and .blobs, while this process appends to it. */
#ifndef OAT_WRITER_PAIR_H
#define OAT_WRITER_PAIR_H

#include "format/slot.h"
#include "writer/blob_file.h"
#include "writer/live.h"
#include "writer/store_dir.h"

#include <pthread.h>
#include <stdatomic.h>

#define OAT_LANE_SLOTS     16u /* one page: threads never share a cache line */
#define OAT_LANE_SLOTS_MAX 64u /* of a thread that has filled smaller ones */

/* Slots that one thread owns: [next, end). */
typedef struct oat_lane {
    uint32_t next;
    uint32_t end;
} oat_lane;

#define OAT_PAIR_SPARE_LANES 64u

typedef struct oat_pair {
    uint32_t seq;
    uint64_t serial; /* unique in this process; keys the threads' text caches */
    uint64_t nonce;
    uint64_t created_boot_ns;
    uint64_t slots_before;  /* slots its writer had appended when it was made */
    uint64_t carried_slots; /* that only carry running spans over into it; flusher only */
    uint32_t slots_max;
    int spans_fd; /* -1 once released */
    uint8_t *map; /* the whole segment; NULL: slots go out by pwrite */
    size_t map_len;
    /* Threads write this word at every lane: not in the line of what they read at every slot. */
    _Alignas(64) _Atomic uint32_t claimed;   /* slots handed to lanes */
    _Alignas(64) _Atomic uint32_t allocated; /* slots that may be handed out: their space is there, and
                                              * mapped, their pages are in the page cache */
    _Atomic uint32_t reserved;               /* slots whose disk space is there; stored under the lock */
    _Atomic uint32_t wake_at;  /* slots claimed from which on the flusher is wanted; UINT32_MAX: it knows */
    _Atomic uint32_t ahead;    /* slots to keep ready */
    _Atomic bool rolled;       /* no longer current: nothing is populated ahead any more */
    uint32_t populated;        /* this and the next two, flusher only: slots faulted in ahead */
    uint32_t measured_claimed; /* at measured_boot_ns, for the rate */
    uint64_t measured_boot_ns;
    bool sealed;      /* this and the next four: under the writer's sync_lock */
    bool sync_failed; /* its bytes cannot be promised any more; never sealed */
    bool carried;
    uint64_t durable_slots;
    uint64_t flush_seq;
    oat_blob_file blobs;
    _Atomic uint64_t moved_blob_bytes; /* of .blobs: copied for running spans; they do not count as full */
    oat_dedup *strings;                /* content id of a text -> its string reference */
    pthread_mutex_t lock;              /* growth, spare lanes */
    oat_lane spare[OAT_PAIR_SPARE_LANES];
    _Atomic uint32_t spare_count;
    struct oat_pair *next; /* older; of the writer's pairs */
} oat_pair;

typedef struct oat_pair_options {
    uint32_t seq;
    uint32_t slots_max; /* rounded up to whole lanes */
    bool mapped;        /* falls back to pwrite where the file system cannot allocate ahead */
    bool carried;       /* nothing is running that must be carried over */
    uint32_t ahead;     /* slots to keep ready from the start: what the pair before it needed; 0: few */
} oat_pair_options;

/* Makes both files under temporary names and renames them in, .blobs first. OAT_OK, OAT_E_NOMEM,
 * OAT_E_FULL or OAT_E_IO. */
int oat_pair_create(const oat_store_dir *dir, const oat_host *host, const oat_pair_options *options,
                    oat_pair **ret);

/* Closes the files and gives memory back; the struct stays while others may still look at it. */
void oat_pair_release(oat_pair *pair);
/* In a forked child: lets go of the parent's files; async-signal-safe. */
void oat_pair_abandon(oat_pair *pair);
/* Releases and frees. Accepts NULL. */
void oat_pair_free(oat_pair *pair);

/* A lane for the calling thread: a spare one, else the next `slots` (whole pages) of the file or as
 * many as are allocated; when none are, it grows by a step. OAT_OK; OAT_NOTFOUND: the pair is full;
 * OAT_E_FULL or OAT_E_IO: it cannot grow. */
int oat_pair_take_lane(oat_pair *pair, uint32_t slots, oat_lane *ret);
/* Gives back what is left of a lane. */
void oat_pair_return_lane(oat_pair *pair, oat_lane lane);

/* In pwrite mode: writes slot slot_no with its commit word (oat_pair_commit, pair_map.h). OAT_OK,
 * OAT_E_FULL or OAT_E_IO, and then the slot stays a hole. */
int oat_pair_write_slot(oat_pair *pair, uint32_t slot_no, const uint8_t slot[OAT_SLOT_SIZE], uint64_t word);

/* Reads a committed slot back. OAT_OK or OAT_E_IO. */
int oat_pair_fetch_slot(const oat_pair *pair, uint32_t slot_no, uint8_t ret[OAT_SLOT_SIZE]);

/* Sets OAT_PAIR_FLAG_CARRIED. */
void oat_pair_set_carried(oat_pair *pair);

/* Allocates and faults in what comes next, off the appending threads' path: as much as the recent
 * rate uses in a tenth of a second. Flusher only. */
void oat_pair_prepare_ahead(oat_pair *pair);

/* As above, after a sync has write-protected the pages that were ready. */
void oat_pair_prepare_again(oat_pair *pair);

/* Makes the pair durable: .blobs, .spans, then the durable record. whole_blob_bytes: length of
 * .blobs below which no write is under way. One thread at a time. OAT_OK, OAT_E_FULL or OAT_E_IO
 * (errno); pair->sync_failed is set when a sync failed. */
int oat_pair_sync(oat_pair *pair, uint64_t whole_blob_bytes);

/* Closes holes, syncs, records the lengths and gives the unused tail back. No thread may append to
 * the pair any more. Not a pair whose sync has failed. Returns as oat_pair_sync; without sync_failed it
 * may be tried again. */
int oat_pair_seal(oat_pair *pair);

#endif
