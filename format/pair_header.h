/* The header that both files of a pair begin with, and the mutable lines of a span segment.
 * Change this file, change SPEC.md sections "Pair header" and "Span segment" in the same commit. */
#ifndef OAT_FORMAT_PAIR_HEADER_H
#define OAT_FORMAT_PAIR_HEADER_H

#include "format/endian.h"

#include <stdbool.h>

#define OAT_MAGIC_SPANS "OATSPANS"
#define OAT_MAGIC_BLOBS "OATBLOBS"

enum oat_pair_mode { OAT_PAIR_MAPPED = 1, OAT_PAIR_PWRITE = 2 };

/* Written once, before the file gets its name. */
struct oat_disk_pair_header {
    uint8_t magic[8];       /* 000-007 */
    oat_le16 major;         /* 008-009 */
    oat_le16 minor;         /* 010-011 */
    oat_le32 header_size;   /* 012-015  where slots or entries begin */
    uint8_t writer_id[16];  /* 016-031 */
    uint8_t store_id[16];   /* 032-047 */
    oat_le64 hash_seed;     /* 048-055  of the content ids in this pair */
    oat_le64 nonce;         /* 056-063  random; seeds the checksums of this pair */
    oat_le32 seq;           /* 064-067  0, 1, 2 ... within the writer */
    oat_le32 slot_size;     /* 068-071  256; 0 in .blobs */
    uint8_t machine_id[16]; /* 072-087 */
    uint8_t boot_id[16];    /* 088-103 */
    oat_le64 created_ns;    /* 104-111  since the epoch */
    oat_le32 pid;           /* 112-115  for people; never used to decide anything */
    uint8_t mode;           /* 116      enum oat_pair_mode */
    uint8_t unused1[3];     /* 117-119 */
    uint8_t program[32];    /* 120-151  for people; zero-padded */
    uint8_t unused2[96];    /* 152-247 */
    oat_le64 checksum;      /* 248-255  XXH3-64 of bytes 000-247, seed 0 */
};

/* Mutable lines of the header page of a .spans file; each on cache lines of its own. The first
 * two are single 8-byte words, stored with one instruction. */
#define OAT_SPANS_CLAIMED_OFFSET 256u /* u64: slots handed to lanes; a hint */
#define OAT_SPANS_FLAGS_OFFSET   320u /* u64: OAT_PAIR_FLAG_* */
#define OAT_SPANS_DURABLE_OFFSET 384u /* two records, 64 bytes apart, written in turn */
#define OAT_SPANS_SEAL_OFFSET    512u /* one record, written once */
#define OAT_SPANS_LINE_SIZE      64u

#define OAT_PAIR_FLAG_CARRIED UINT64_C(1) /* every running span has its OPEN here or later */

/* What a flush has made durable. */
struct oat_disk_durable {
    oat_le64 slots;      /* 00-07  slots 0 .. slots-1 were committed and synced */
    oat_le64 blob_bytes; /* 08-15  .blobs was synced to this length */
    oat_le64 flush_seq;  /* 16-23  1, 2, 3 ...; the greater of two valid records counts */
    oat_le64 checksum;   /* 24-31  XXH3-64 of bytes 00-23, seed: the pair's nonce */
};

struct oat_disk_seal {
    oat_le64 slots;      /* 00-07  the pair has exactly these slots */
    oat_le64 blob_bytes; /* 08-15  where the entries of .blobs end; the file may be longer */
    oat_le64 sealed_ns;  /* 16-23  since the epoch */
    oat_le64 checksum;   /* 24-31  XXH3-64 of bytes 00-23, seed: the pair's nonce */
};

/* Computes and stores the checksum of a header whose other fields are set. */
void oat_pair_header_seal(struct oat_disk_pair_header *header);

/* Checks magic (OAT_MAGIC_SPANS or OAT_MAGIC_BLOBS), version, sizes and checksum of a header that
 * was read from a file. Returns OAT_OK, OAT_E_UNSUPPORTED (greater major), or OAT_E_CORRUPT;
 * *ret_what, when not NULL, then names the field that is wrong (static storage). */
int oat_pair_header_check(const struct oat_disk_pair_header *header, const char *magic,
                          const char **ret_what);

/* Likewise of a durable record. */
void oat_durable_seal(struct oat_disk_durable *record, uint64_t nonce);
/* The valid one (checksum right, slots within OAT_SLOTS_MAX) of two records with the greater flush_seq, or
 * NULL when there is none. */
const struct oat_disk_durable *oat_durable_newest(const struct oat_disk_durable *a,
                                                  const struct oat_disk_durable *b, uint64_t nonce);

/* Likewise of a seal record. */
void oat_seal_seal(struct oat_disk_seal *record, uint64_t nonce);
/* True when the record was written whole and its slots are within OAT_SLOTS_MAX. */
bool oat_seal_check(const struct oat_disk_seal *record, uint64_t nonce);

#endif
