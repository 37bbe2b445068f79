/* One pair of hot files: hot/<writer>-<seq>.spans and .blobs. */
#ifndef OAT_READER_PAIR_H
#define OAT_READER_PAIR_H

#include "format/pair_header.h"
#include "format/slot.h"
#include "reader/file.h"
#include "reader/problems.h"

struct oat_decoders;

enum oat_liveness {
    OAT_WRITER_DEAD = 0,
    OAT_WRITER_ALIVE = 1,
    OAT_WRITER_UNKNOWN = 2, /* of another machine: nothing here can tell */
    OAT_WRITER_LOST = 3,    /* its pairs come from elsewhere, and nothing has come for too long */
};

struct oat_pair {
    uint8_t writer_id[16];
    uint32_t seq;
    uint32_t index;      /* among the pairs of its sources */
    char spans_path[64]; /* below the store, for problems */
    char blobs_path[64];
    struct oat_file spans;
    struct oat_file blobs;
    bool usable;    /* its .spans can be read */
    bool has_blobs; /* its .blobs can be read */
    enum oat_liveness liveness;
    struct oat_decoders *decoders;         /* shared by the pairs of its sources */
    const struct oat_forgotten *forgotten; /* what reads as a marker; borrowed, may be NULL */
    uint8_t store_id[16];                  /* where it was made; not always here */
    uint64_t nonce;
    uint64_t hash_seed;
    uint8_t machine_id[16];
    uint8_t boot_id[16];
    char program[33]; /* for people, as is pid: hostile bytes */
    uint32_t pid;
    uint64_t created_ns;
    uint8_t mode; /* enum oat_pair_mode */
    bool sealed;
    bool carried;
    bool opens_count;           /* its OPEN slots count: no later pair of its writer is `carried` */
    uint32_t slots;             /* the bound: slots below it are read */
    uint32_t strict_slots;      /* below it every slot must be there and right */
    uint64_t strict_blob_bytes; /* likewise of .blobs */
    uint64_t claimed;           /* as the header says */
    uint32_t scanned;           /* slots below it were scanned, and but for the holes are what they were */
    uint32_t *holes;            /* those that a living writer had not committed then: they may come yet */
    size_t hole_count;
    size_t hole_capacity;
    bool finished; /* all was scanned, and nothing comes any more */
    bool changed;  /* what its OPEN slots show is not what it was at the last look */
};

/* Reads a name in hot/: "<32 hex>-<8 hex>.spans". False for any other. */
bool oat_pair_name_parse(const char *name, uint8_t ret_writer_id[16], uint32_t *ret_seq);

bool oat_pair_same_writer(const struct oat_pair *a, const struct oat_pair *b);

/* Opens the pair's files and checks their headers. What is wrong goes into problems; the pair is
 * then not usable or has no blobs. hot_fd must outlive it. */
void oat_pair_open(struct oat_pair *pair, int hot_fd, const uint8_t writer_id[16], uint32_t seq,
                   bool keep_open, struct oat_problems *problems);
void oat_pair_close(struct oat_pair *pair);

/* Reads the mutable lines of the header and sets seal, flags and bound. Call it after liveness was
 * probed: a writer that lives afterwards has handed out at least the slots that are counted. */
void oat_pair_measure(struct oat_pair *pair, struct oat_problems *problems);

/* What stands in a slot. */
enum oat_slot_state {
    OAT_SLOT_EMPTY, /* never written */
    OAT_SLOT_GOOD,
    OAT_SLOT_BAD, /* fails its checksum, also when read once more */
};

/* One slot that a scan met. bytes are valid during the call. Return OAT_OK, or a failure, which
 * ends the scan. */
typedef int (*oat_slot_fn)(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                           uint16_t kind, const uint8_t *bytes);

/* Takes note of a slot that may come yet. OAT_OK or OAT_E_NOMEM. */
int oat_pair_add_hole(struct oat_pair *pair, uint32_t slot_no);

/* Reads slots first .. end-1, as far as the file goes, in windows. OAT_OK, what fn returned,
 * OAT_E_NOMEM; an I/O error is added to problems and ends the scan with OAT_OK. */
int oat_pair_scan(struct oat_pair *pair, uint32_t first, uint32_t end, struct oat_problems *problems,
                  oat_slot_fn fn, void *arg);

/* Reads what no such scan of the pair has read: its holes, then the slots up to the bound. Likewise. */
int oat_pair_scan_new(struct oat_pair *pair, struct oat_problems *problems, oat_slot_fn fn, void *arg);

/* Reads one slot and checks it. OAT_OK with its kind, OAT_NOTFOUND (empty, or past the end),
 * OAT_E_CORRUPT, OAT_E_IO. */
int oat_pair_read_slot(const struct oat_pair *pair, uint32_t slot_no, uint8_t ret[OAT_SLOT_SIZE],
                       uint16_t *ret_kind);

/* What it is when something that a slot refers to is not there or not right: damage, or beyond what was
 * made durable (durable false) of a pair that its writer left unsealed, lost with that writer. */
enum oat_problem_kind oat_pair_dangling(const struct oat_pair *pair, bool durable);

/* Slots that the file has room for. */
uint32_t oat_pair_slots_in(uint64_t file_size);

#endif
