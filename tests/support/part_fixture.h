/* A part of random spans, and the spans that it was made of. */
#ifndef OAT_TESTS_PART_FIXTURE_H
#define OAT_TESTS_PART_FIXTURE_H

#include "reader/part.h"
#include "reader/problems.h"
#include "tests/support/part_maker.h"
#include "tests/support/run_dir.h"

#define OAT_PART_FIXTURE_TEXTS    40u
#define OAT_PART_FIXTURE_PAYLOADS 30u
#define OAT_PART_FIXTURE_ATTRS    50u

struct oat_part_fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int store_fd;
    struct oat_problems problems;
    char texts[OAT_PART_FIXTURE_TEXTS][24];
    uint8_t payload_bytes[OAT_PART_FIXTURE_PAYLOADS][200];
    struct oat_made_payload payloads[OAT_PART_FIXTURE_PAYLOADS];
    uint8_t attributes[OAT_PART_FIXTURE_ATTRS][700]; /* encoded */
    size_t attributes_len[OAT_PART_FIXTURE_ATTRS];
    struct oat_made_span *spans; /* change them before oat_part_fixture_open */
    size_t span_count;
    struct oat_made_mark *marks;
    size_t mark_count, mark_capacity;
    struct oat_manifest_part entry;
    struct oat_part *part;
};

/* A fixture without spans. free'd by oat_part_fixture_free. */
struct oat_part_fixture *oat_part_fixture_new(void);
void oat_part_fixture_free(struct oat_part_fixture *f);

/* For cmocka: *state is one; reading it meets no problem. */
int oat_part_fixture_set_up(void **state);
int oat_part_fixture_tear_down(void **state);
#define OAT_PART_TEST(name)                                                                                  \
    cmocka_unit_test_setup_teardown(name, oat_part_fixture_set_up, oat_part_fixture_tear_down)

/* Makes that many spans, in traces of up to trace_max, every field of them drawn. */
void oat_part_fixture_draw(struct oat_part_fixture *f, uint64_t seed, size_t count, size_t trace_max);

/* Adds an event, link or score of a span (or of no span that is there), every field drawn. Add them by kind,
 * then in the order of the spans. */
void oat_part_fixture_mark(struct oat_part_fixture *f, uint64_t seed, uint16_t kind, size_t span);

/* Writes the part and opens it. */
void oat_part_fixture_open(struct oat_part_fixture *f);
/* Opens the file that was written once more, and returns what oat_part_open did. */
int oat_part_fixture_reopen(struct oat_part_fixture *f);

/* What is to be read of a span. */
struct oat_record oat_part_fixture_record(const struct oat_part_fixture *f, size_t span, uint32_t source);

#endif
