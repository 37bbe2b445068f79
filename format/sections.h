/* Files of sections: parts, packs, catalogs, the MANIFEST, prompts and the index of traces. Written once,
 * never changed. Change this file, change SPEC.md section "Files of sections" in the same commit.
 *
 *   header     128 bytes
 *   contents   groups of tables, packed groups of chunks, sections, in any order, each at a multiple
 *              of 8
 *   directory  struct oat_disk_section for each section
 *   trailer    64 bytes, the last of the file */
#ifndef OAT_FORMAT_SECTIONS_H
#define OAT_FORMAT_SECTIONS_H

#include "format/endian.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_MAGIC_PART     "OATPART1"
#define OAT_MAGIC_PACK     "OATPACK1"
#define OAT_MAGIC_CATALOG  "OATCATL1"
#define OAT_MAGIC_MANIFEST "OATMANI1"
#define OAT_MAGIC_TRACES   "OATTRAC1"
#define OAT_MAGIC_PROMPTS  "OATPRMT1"
#define OAT_MAGIC_END      "OATTHEND"

#define OAT_FILE_HEADER_SIZE  128u
#define OAT_FILE_TRAILER_SIZE 64u
#define OAT_SECTIONS_MAX      4096u
#define OAT_NO_DAY            UINT32_MAX

struct oat_disk_file_header {
    uint8_t magic[8];     /* 000-007 */
    oat_le16 major;       /* 008-009 */
    oat_le16 minor;       /* 010-011 */
    oat_le32 day;         /* 012-015  days since 1970-01-01; OAT_NO_DAY: of none */
    uint8_t store_id[16]; /* 016-031  where it was made */
    oat_le64 hash_seed;   /* 032-039  of the content ids in it */
    oat_le64 nonce;       /* 040-047  random; seeds its checksums */
    oat_le64 generation;  /* 048-055  its name; greater than that of all files before it */
    oat_le64 created_ns;  /* 056-063 */
    uint8_t unused[56];   /* 064-119 */
    oat_le64 checksum;    /* 120-127  XXH3-64 of bytes 000-119, seed 0 */
};

enum oat_section_kind {
    OAT_SECTION_TABLE = 1,      /* index of the groups of a table (table.h) */
    OAT_SECTION_TEXTS = 2,      /* the texts a column's codes stand for (dictionary.h) */
    OAT_SECTION_NUMBERS = 3,    /* the numbers a column's codes stand for: u64 each */
    OAT_SECTION_INDEX = 4,      /* rows by hash of their id (indexer/id_index.h) */
    OAT_SECTION_ATTRIBUTES = 5, /* distinct attributes (dictionary.h) */
    OAT_SECTION_BYTES = 6,      /* bytes that columns point into */
    OAT_SECTION_SIGNATURES = 7, /* which trigrams stand in a group of chunks */
    OAT_SECTION_FILTER = 8,     /* which ids are surely not there (indexer/id_filter.h) */
};

enum oat_section_codec {
    OAT_CODEC_RAW = 0,
    OAT_CODEC_LZ4 = 1,
    OAT_CODEC_BLOCKS = 2, /* section_blocks.h */
};

/* Longer sections are in blocks of so many bytes, but for those that are read in pieces of their own. */
#define OAT_SECTION_BLOCK_SIZE (16u << 10)

struct oat_disk_section {
    oat_le16 kind;       /* 00-01  unknown: skip and count */
    oat_le16 table;      /* 02-03  enum oat_table_id */
    oat_le16 column;     /* 04-05  of that table */
    uint8_t codec;       /* 06     enum oat_section_codec */
    uint8_t unused;      /* 07 */
    oat_le64 offset;     /* 08-15  in the file */
    oat_le64 stored_len; /* 16-23 */
    oat_le64 raw_len;    /* 24-31  once decoded; RAW: the same */
    oat_le64 check;      /* 32-39  XXH3-64 of the stored bytes, seed: the nonce XOR the offset */
};

struct oat_disk_file_trailer {
    oat_le64 file_len;         /* 00-07  bytes of the whole file */
    oat_le64 directory_offset; /* 08-15  the directory ends where the trailer begins */
    oat_le32 section_count;    /* 16-19 */
    uint8_t unused[20];        /* 20-39 */
    oat_le64 directory_check;  /* 40-47  XXH3-64 of the directory, seed: the nonce */
    oat_le64 checksum;         /* 48-55  XXH3-64 of bytes 00-47, seed: the nonce */
    uint8_t magic[8];          /* 56-63 */
};

void oat_file_header_seal(struct oat_disk_file_header *header);
void oat_file_trailer_seal(struct oat_disk_file_trailer *trailer, uint64_t nonce);

/* A checked file in memory. Borrows the bytes. */
struct oat_sections {
    const uint8_t *file;
    uint64_t file_len;
    const struct oat_disk_file_header *header;
    const struct oat_disk_section *directory;
    uint32_t count;
    uint64_t nonce;
};

/* Checks header, trailer and directory (each section inside the file, aligned, codec known). OAT_OK,
 * OAT_E_UNSUPPORTED (greater major), or OAT_E_CORRUPT with *ret_what and *ret_offset. */
int oat_sections_open(const uint8_t *file, uint64_t file_len, const char *magic, struct oat_sections *ret,
                      const char **ret_what, uint64_t *ret_offset);

/* The section of that kind, table and column, or NULL. */
const struct oat_disk_section *oat_sections_find(const struct oat_sections *sections,
                                                 enum oat_section_kind kind, unsigned table, unsigned column);

/* Checks a whole section and gives its decoded bytes: *ret_bytes points into the file (RAW, BLOCKS of
 * which none is compressed), or is malloc'd and then also stands in *ret_owned, for the caller to free.
 * raw_len is bounded by stored_len * 255. OAT_OK, OAT_E_CORRUPT, OAT_E_NOMEM. */
int oat_section_read(const struct oat_sections *sections, const struct oat_disk_section *section,
                     const uint8_t **ret_bytes, size_t *ret_len, void **ret_owned);

/* What stands in oat_disk_section.check of stored bytes at a file offset. */
uint64_t oat_section_check(const void *stored, size_t stored_len, uint64_t nonce, uint64_t offset);

/* Most bytes that len bytes take as a section. */
size_t oat_section_bound(size_t len);

/* Encodes len bytes for a section at a file offset; dst has room for oat_section_bound(len). Those of more
 * than OAT_SECTION_BLOCK_SIZE become BLOCKS, others LZ4 (its slow, close kind) where that saves a fifth or
 * more. About 30 MB/s; large noise is told apart at once. The same bytes give the same answer. RAW: nothing
 * was written, they are stored as they are. */
enum oat_section_codec oat_section_pack(const void *bytes, size_t len, uint64_t nonce, uint64_t offset,
                                        void *dst, size_t *ret_stored_len);

#endif
