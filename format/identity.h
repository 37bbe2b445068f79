/* The two small files that say who: STORE (the directory) and hot/<writer>.live (a writer).
 * Change this file, change SPEC.md sections "STORE" and "Liveness file" in the same commit. */
#ifndef OAT_FORMAT_IDENTITY_H
#define OAT_FORMAT_IDENTITY_H

#include "format/endian.h"

#define OAT_MAGIC_STORE "OATSTORE"
#define OAT_MAGIC_LIVE  "OATLIVE1"

struct oat_disk_store {
    uint8_t magic[8];     /* 000-007 */
    oat_le16 major;       /* 008-009  of this file */
    oat_le16 minor;       /* 010-011 */
    oat_le16 major_min;   /* 012-013  format range of the files in the directory */
    oat_le16 major_max;   /* 014-015 */
    uint8_t store_id[16]; /* 016-031  random */
    oat_le64 hash_seed;   /* 032-039  random; seed of all content ids made here */
    oat_le64 created_ns;  /* 040-047  since the epoch */
    uint8_t unused[72];   /* 048-119 */
    oat_le64 checksum;    /* 120-127  XXH3-64 of bytes 000-119, seed 0 */
};

struct oat_disk_live {
    uint8_t magic[8];       /* 000-007 */
    oat_le16 major;         /* 008-009 */
    oat_le16 minor;         /* 010-011 */
    oat_le32 pid;           /* 012-015  for people */
    uint8_t writer_id[16];  /* 016-031 */
    uint8_t machine_id[16]; /* 032-047 */
    uint8_t boot_id[16];    /* 048-063 */
    oat_le64 created_ns;    /* 064-071  since the epoch */
    uint8_t program[32];    /* 072-103  for people; zero-padded */
    uint8_t unused[16];     /* 104-119 */
    oat_le64 checksum;      /* 120-127  XXH3-64 of bytes 000-119, seed 0 */
};

/* What is wrong with one of the files, as printable text. */
struct oat_identity_fault {
    const char *what; /* the field; static */
    uint64_t offset;  /* its byte in the file */
    char expected[40];
    char found[40];
};

/* Computes and stores the checksum of a file whose other fields are set. */
void oat_store_file_seal(struct oat_disk_store *store);
/* Checks magic, checksum and version, not the range in it. OAT_OK, OAT_E_UNSUPPORTED (greater major) or
 * OAT_E_CORRUPT; *fault then says why, unless NULL. */
int oat_store_file_check(const struct oat_disk_store *store, struct oat_identity_fault *fault);

/* Both as for STORE. */
void oat_live_file_seal(struct oat_disk_live *live);
int oat_live_file_check(const struct oat_disk_live *live, struct oat_identity_fault *fault);

#endif
