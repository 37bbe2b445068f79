/* A blob file in memory with a capture and a decoder on it. */
#ifndef OAT_TESTS_BLOB_FIXTURE_H
#define OAT_TESTS_BLOB_FIXTURE_H

#include "format/payload.h"
#include "tests/support/run_random.h"
#include "writer/capture.h"

struct oat_blob_fixture {
    oat_blob_file file;
    oat_blob_inflight inflight;
    oat_capture *capture;
    oat_payload_decoder *decoder;
};

/* Aborts when memory is short. max_entries: of the dedup table. */
void oat_blob_fixture_open(struct oat_blob_fixture *fixture, size_t max_entries);
void oat_blob_fixture_close(struct oat_blob_fixture *fixture);

/* Bytes of entries in the file. */
uint64_t oat_blob_fixture_stored(const struct oat_blob_fixture *fixture);

/* True when the reference decodes to exactly these bytes, whole, and their first half as a
 * prefix. */
bool oat_blob_fixture_reads(struct oat_blob_fixture *fixture, const struct oat_disk_blob_ref *ref,
                            const void *data, size_t len);

/* Captures a payload; true when that worked and it reads back. ret may be NULL. */
bool oat_blob_fixture_round_trip(struct oat_blob_fixture *fixture, const void *data, size_t len,
                                 struct oat_disk_blob_ref *ret);

/* Counts the entries of each kind in the file and sums their sizes; arrays of OAT_ENTRY_RECIPE + 1. */
void oat_blob_fixture_census(struct oat_blob_fixture *fixture, uint64_t *ret_count, uint64_t *ret_size);

/* Fills dst from the sequence of run_random.h. */
void oat_test_random_bytes(uint64_t *state, void *dst, size_t len);

/* A growing text. Free v. */
struct oat_test_text {
    char *v;
    size_t len;
    size_t room;
};
void oat_test_text_add(struct oat_test_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void oat_test_text_add_bytes(struct oat_test_text *text, const void *bytes, size_t len);

/* Appends a chat message of roughly the size that agents have, as a JSON object. */
void oat_test_text_add_message(struct oat_test_text *text, uint64_t *state, size_t turn);

#endif
