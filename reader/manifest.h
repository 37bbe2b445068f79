/* MANIFEST: the live set of a store's files. */
#ifndef OAT_READER_MANIFEST_H
#define OAT_READER_MANIFEST_H

#include "reader/problems.h"

/* One part, as format/schema.h's enum oat_part_column has it. */
struct oat_manifest_part {
    uint32_t day; /* days since 1970-01-01 */
    uint64_t generation;
    uint64_t min_start_ns, max_start_ns, max_end_ns;
    uint64_t spans, traces, events, links, scores;
    uint64_t part_bytes, pack_bytes; /* of the files; pack_bytes 0: no pack */
    uint64_t raw_bytes, unique_bytes, text_index_bytes;
    uint64_t arrived_ns;
    uint64_t nonce, pack_nonce;
    uint64_t open_spans, replacements;
    uint32_t continued_from, continued_to; /* 1 + days of the older parts it continues; 0: none */
};

/* The same as numbers: column c of enum oat_part_column is numbers[c - 1]. False: a number is too great. */
#define OAT_PART_COLUMNS 22u
void oat_manifest_part_to_numbers(const struct oat_manifest_part *part, uint64_t ret[OAT_PART_COLUMNS]);
bool oat_manifest_part_of_numbers(const uint64_t numbers[OAT_PART_COLUMNS], struct oat_manifest_part *ret);

/* A pair that parts have taken over. */
struct oat_manifest_pair {
    uint8_t writer_id[16];
    uint32_t seq;
};

/* A file that was live, and is to be removed. */
struct oat_manifest_retired {
    uint32_t day; /* OAT_NO_DAY: a catalog */
    uint64_t generation;
};

struct oat_manifest {
    uint64_t generation;         /* of this MANIFEST; 0: the store has none */
    uint64_t catalog_generation; /* 0: none */
    uint64_t catalog_bytes;
    uint64_t catalog_nonce;
    struct oat_manifest_part *parts; /* by day, then generation */
    size_t part_count;
    struct oat_manifest_pair *consumed; /* by writer, then seq */
    size_t consumed_count;
    struct oat_manifest_retired *retired;
    size_t retired_count;
};

#define OAT_MANIFEST_NAME "MANIFEST"
#define OAT_DAYS_DIR      "days"
#define OAT_CATALOG_DIR   "catalog"

/* Reads MANIFEST of the store. A store without one has an empty manifest. OAT_OK, OAT_E_NOMEM,
 * OAT_E_IO, OAT_E_CORRUPT, OAT_E_UNSUPPORTED (both reported: nothing may be written or deleted in such
 * a store, and answers are partial); *ret is then empty. Free with oat_manifest_clear. */
int oat_manifest_read(int store_fd, struct oat_problems *problems, struct oat_manifest *ret);
void oat_manifest_clear(struct oat_manifest *manifest);

/* Puts parts and consumed pairs in their order. */
void oat_manifest_sort(struct oat_manifest *manifest);

/* True when parts have taken the pair over. */
bool oat_manifest_consumed(const struct oat_manifest *manifest, const uint8_t writer_id[16], uint32_t seq);

/* The name of a file of a generation in its folder: "0000000000000001.part". */
#define OAT_GENERATION_NAME_SIZE 24u
void oat_generation_name(uint64_t generation, const char *extension, char ret[OAT_GENERATION_NAME_SIZE]);
/* False: it is not the name of a file of that extension. */
bool oat_generation_name_parse(const char *name, const char *extension, uint64_t *ret_generation);

/* "days/2026-11-22/0000000000000001.part" (or .pack), at most 63 bytes and NUL. */
void oat_part_file_name(const struct oat_manifest_part *part, const char *extension, char ret[64]);

#endif
