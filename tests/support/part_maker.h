/* Makes small parts with their packs out of spans in memory, as they are given: nothing is sorted, and
 * no value is checked, so that tests decide what stands in them. Any failure ends the program. */
#ifndef OAT_TESTS_PART_MAKER_H
#define OAT_TESTS_PART_MAKER_H

#include "indexer/summary.h"
#include "reader/manifest.h"
#include "reader/record.h"
#include "tests/support/pack_maker.h"

struct oat_made_span {
    struct oat_disk_span span; /* ids and numbers, as in struct oat_record */
    oat_text text[OAT_TEXT_FIELDS];
    uint32_t payload[OAT_RECORD_PAYLOADS]; /* number among the payloads + 1; 0: none */
    const void *attributes;                /* encoded; become codes. NULL: none */
    size_t attributes_len;
    uint8_t attribute_flags; /* OAT_REF_* */
    bool counted;
};

struct oat_made_mark {
    uint16_t kind; /* OAT_SLOT_EVENT, LINK or SCORE */
    uint8_t trace_id[16];
    uint8_t span_id[8];            /* zero: of the trace */
    struct oat_mark_record record; /* but for its attributes */
    uint32_t attributes;           /* number among the payloads + 1; 0: none */
};

struct oat_made_summary {
    enum oat_summary_kind kind;
    uint32_t group;
    struct oat_summary_row row;
};

struct oat_made_part {
    uint64_t generation; /* its name */
    uint32_t day;
    const struct oat_made_span *spans; /* those of a trace together */
    size_t span_count;
    const struct oat_made_mark *marks; /* by kind, then in the order of the traces */
    size_t mark_count;
    const struct oat_made_payload *payloads; /* none: there is no pack */
    size_t payload_count;
    const struct oat_made_summary *summaries; /* whatever the spans come to */
    size_t summary_count;
};

/* Writes days/<date>/<generation>.part, and .pack, below the directory. *ret: for oat_part_open. */
void oat_part_make(int store_fd, const struct oat_made_part *made, struct oat_manifest_part *ret);

#endif
