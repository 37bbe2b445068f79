/* What a span must read back as, and the comparison with what a snapshot shows. */
#ifndef OAT_TESTS_RUN_EXPECT_H
#define OAT_TESTS_RUN_EXPECT_H

#include "oat/reader.h"

#define OAT_RUN_WHY_SIZE 400

struct oat_run_want_payload {
    bool present;
    const void *bytes;
    size_t len;
    const char *media_type; /* NULL: any */
};

struct oat_run_want_note { /* an event, or a link */
    uint64_t id;
    uint64_t time_ns;        /* 0: any */
    oat_text name;           /* of a link: its trace state */
    oat_span_context target; /* links only */
    const oat_attr *attrs;
    size_t attr_count;
};

struct oat_run_want_span {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8];
    enum oat_span_type type;
    enum oat_shown_status status;
    enum oat_otel_status otel_status;
    uint64_t start_min_ns, start_max_ns;
    uint64_t end_min_ns, end_max_ns;
    uint32_t flags; /* of OAT_RUN_FLAGS_CHECKED */
    oat_text text[OAT_TEXT_FIELDS];
    bool has_count[OAT_COUNT_FIELDS];
    uint32_t count[OAT_COUNT_FIELDS];
    bool has_ttft, has_cost, has_cost_input, has_cost_output, has_prompt_version;
    uint32_t ttft_us;
    int64_t cost_total_nano, cost_input_nano, cost_output_nano;
    enum oat_cost_source cost_source;
    uint32_t prompt_version;
    uint64_t call_id;
    double sample_rate; /* 0: 1 */
    struct oat_run_want_payload input, output, error;
    const oat_attr *attrs; /* in any order, keys differ */
    size_t attr_count;
    const struct oat_run_want_note *events, *links; /* in any order, ids differ */
    size_t event_count, link_count;
};

/* OAT_SPAN_* bits that a test can foresee. */
#define OAT_RUN_FLAGS_CHECKED                                                                                \
    (OAT_SPAN_PARENT_LOCAL | OAT_SPAN_PARENT_REMOTE | OAT_SPAN_SYNTHETIC_TIME | OAT_SPAN_CLAMPED_TIME |      \
     OAT_SPAN_SATURATED)

/* Compares everything, payload bytes, events and links included. False: *ret_why says what differs. */
bool oat_run_span_matches(const oat_snapshot *snapshot, const oat_trace *trace, const oat_span_view *view,
                          const struct oat_run_want_span *want, char ret_why[OAT_RUN_WHY_SIZE]);

/* The parts of it that tests of running spans use. */
bool oat_run_text_matches(const char *what, oat_text got, oat_text want, char ret_why[OAT_RUN_WHY_SIZE]);
bool oat_run_payload_matches(const oat_snapshot *snapshot, const char *what, const oat_payload *got,
                             const struct oat_run_want_payload *want, char ret_why[OAT_RUN_WHY_SIZE]);
bool oat_run_attrs_match(const oat_snapshot *snapshot, const char *what, const oat_payload *got,
                         const oat_attr *want, size_t want_count, char ret_why[OAT_RUN_WHY_SIZE]);
/* Events of a span that is shown; every one of `want`, and no other. */
bool oat_run_events_match(const oat_snapshot *snapshot, const oat_trace *trace, const uint8_t span_id[8],
                          const struct oat_run_want_note *want, size_t want_count,
                          char ret_why[OAT_RUN_WHY_SIZE]);
bool oat_run_links_match(const oat_snapshot *snapshot, const oat_trace *trace, const uint8_t span_id[8],
                         const struct oat_run_want_note *want, size_t want_count,
                         char ret_why[OAT_RUN_WHY_SIZE]);

/* Prints into ret_why and returns false. */
bool oat_run_differs(char ret_why[OAT_RUN_WHY_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
