/* Makes small stores through format/ alone, so that readers are tested against the format and not
 * against the writer. Any failure ends the test. */
#ifndef OAT_TESTS_STORE_MAKER_H
#define OAT_TESTS_STORE_MAKER_H

#include "format/entry.h"
#include "format/pair_header.h"
#include "format/slot.h"

/* A directory with STORE and hot/. */
struct oat_maker {
    char dir[128];
    uint8_t store_id[16];
    uint64_t hash_seed;
};

/* Makes an empty store in a new directory below TMPDIR. */
void oat_maker_open(struct oat_maker *maker);
/* Makes it in an empty directory that is there. */
void oat_maker_open_in(struct oat_maker *maker, const char *dir);
/* Removes the directory. */
void oat_maker_remove(struct oat_maker *maker);

/* A pair in memory. Change any byte before oat_maker_pair_write. */
struct oat_maker_pair {
    struct oat_maker *maker;
    struct oat_disk_pair_header header; /* of .spans; .blobs gets the same */
    uint8_t *slots;
    uint32_t slot_count;
    uint32_t slot_capacity;
    uint8_t *blobs; /* the file, header included */
    size_t blobs_len;
    uint64_t claimed;
    uint64_t flags;                  /* OAT_PAIR_FLAG_* */
    struct oat_disk_durable durable; /* flush_seq 0: none */
    bool sealed;
    uint64_t sealed_slots; /* what the seal says; 0: all slots */
    uint32_t spare_slots;  /* zero slots behind the last one */
};

/* writer: any small number; its id is that byte sixteen times. The pair is of this machine and
 * boot, carried, not sealed. */
void oat_maker_pair_begin(struct oat_maker_pair *pair, struct oat_maker *maker, uint8_t writer, uint32_t seq);
/* Writes both files and frees the memory. */
void oat_maker_pair_write(struct oat_maker_pair *pair);

/* The path of a pair's file: suffix "spans", "blobs" or (seq ignored) "live". Static storage. */
const char *oat_maker_path(const struct oat_maker *maker, uint8_t writer, uint32_t seq, const char *suffix);

/* Each appends a slot and returns its number. */
uint32_t oat_maker_put(struct oat_maker_pair *pair, enum oat_slot_kind kind, const void *slot);
uint32_t oat_maker_hole(struct oat_maker_pair *pair);
/* The reference of a new STRING slot. */
oat_string_ref oat_maker_string(struct oat_maker_pair *pair, const char *text);
/* A payload as one RAW entry. */
struct oat_disk_blob_ref oat_maker_blob(struct oat_maker_pair *pair, const void *bytes, size_t len,
                                        uint8_t media);
/* A payload as a RECIPE entry of these operations, which claims to make the bytes. */
struct oat_disk_blob_ref oat_maker_recipe(struct oat_maker_pair *pair, const void *ops, size_t ops_len,
                                          const void *bytes, size_t len);

/* Ids of one number each: the last byte or bytes. */
void oat_maker_trace_id(uint8_t id[16], uint32_t n);
void oat_maker_span_id(uint8_t id[8], uint32_t n);

/* Times in tests: milliseconds after 2026-11-22 00:00:00 UTC. */
#define OAT_MAKER_MS(ms) (UINT64_C(1795305600000000000) + (uint64_t)(ms)*1000000)

/* A span that ended well: ids, parent (0: root), name, start and end. Change what differs, then put. */
struct oat_disk_span oat_maker_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span,
                                    uint32_t parent, const char *name, uint64_t start_ms, uint64_t end_ms);

/* Makes the writer live: creates its .live and locks it. Close the descriptor to let it die. */
int oat_maker_live(struct oat_maker *maker, uint8_t writer);

#endif
