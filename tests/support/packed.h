/* The payloads of a store, put into a pack. Any failure of what should work ends the test. */
#ifndef OAT_TESTS_PACKED_H
#define OAT_TESTS_PACKED_H

#include "compactor/pack_writer.h"
#include "reader/pack.h"

#define OAT_PACKED_NAME "test.pack"

/* A payload of a span, and what it became. */
struct oat_packed_payload {
    uint32_t source;
    uint8_t span_id[8];
    struct oat_record_payload payload;
    uint32_t number; /* as oat_pack_writer_add gave it */
};

struct oat_packed {
    int dir_fd; /* of the store, where the pack is made too */
    struct oat_disk_store store;
    struct oat_sources *sources;
    struct oat_packed_payload *payloads; /* of all spans, each OAT_RECORD_PAYLOADS: by trace, then start */
    size_t count;
    struct oat_pack_figures figures;
    struct oat_problems problems; /* of the pack */
    struct oat_pack *pack;        /* NULL: there is none */
};

/* Reads which payloads the hot pairs of a store have. */
void oat_packed_open(struct oat_packed *packed, const char *dir);

/* Makes a pack of them, `times` over, and opens it in place of the one before. */
void oat_packed_make(struct oat_packed *packed, unsigned threads, uint64_t memory_bytes, unsigned times);

/* Makes the pack that of a part, and takes the payloads from there from now on. */
void oat_packed_become_part(struct oat_packed *packed);

/* Opens the pack as it is now. */
int oat_packed_reopen(struct oat_packed *packed);

/* How many payloads read otherwise from the pack than from the pairs: in bytes, length, media type,
 * flags or not at all. */
size_t oat_packed_differences(struct oat_packed *packed);

void oat_packed_close(struct oat_packed *packed);

#endif
