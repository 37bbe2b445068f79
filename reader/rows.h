/* What a snapshot keeps in memory of each slot: enough to join, order and sum up; the rest is read
 * from the slot again when it is shown. */
#ifndef OAT_READER_ROWS_H
#define OAT_READER_ROWS_H

#include "reader/kept_records.h"
#include "reader/sources.h"

#define OAT_NO_ROW UINT32_MAX

struct oat_row {
    uint8_t span_id[8];
    uint8_t parent_id[8];
    uint64_t start_ns;
    uint64_t end_ns; /* 0: open */
    uint64_t call_id;
    int64_t cost_total_nano;
    uint64_t raw_payload_bytes; /* of its four payloads; 0: of a row that oat_part_collect gave */
    uint32_t input_tokens;
    uint32_t output_tokens;
    uint32_t flags;  /* OAT_SPAN_* */
    uint32_t source; /* in the sources: a pair or a part */
    uint32_t place;  /* slot of the pair, row of the part */
    uint32_t trace;  /* in the traces */
    uint32_t parent; /* row within the trace, or OAT_NO_ROW */
    uint32_t depth;
    uint32_t amounts;         /* where an assembly keeps its usage; 0: nowhere as yet */
    uint32_t parent_id_place; /* likewise the id of a parent that is away */
    uint8_t type;
    uint8_t status; /* enum oat_shown_status */
    bool open;
    bool counted; /* its usage counts towards the trace */
};

/* EVENT, LINK and SCORE slots. */
struct oat_mark {
    uint64_t id;
    uint64_t time_ns; /* of a link: 0 */
    uint8_t span_id[8];
    uint32_t trace;
    uint32_t source; /* as in oat_row; the place is a row of the table of its kind */
    uint32_t place;
    uint16_t kind; /* enum oat_slot_kind */
};

struct oat_trace_info {
    uint8_t trace_id[16];
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t input_tokens, output_tokens;
    int64_t cost_total_nano;
    size_t first_row;
    size_t first_mark;
    uint32_t row_count;
    uint32_t mark_count;
    uint32_t root;      /* row within the trace */
    uint32_t model_row; /* likewise, of the first llm span; or OAT_NO_ROW */
    uint32_t error_count, llm_calls, tool_calls, depth;
    uint32_t replacements; /* repeats of ended spans that were joined into one */
    uint8_t status;        /* enum oat_shown_status */
    bool hidden;           /* a tombstone */
    bool root_missing;     /* the root is a local parent that is not here; `root` is its child */
    bool has_input_tokens, has_output_tokens, has_cost;
    bool differs; /* of a linked one: its parts have other spans of it, or others that count */
};

struct oat_rows {
    struct oat_row *rows;
    size_t row_count, row_capacity;
    struct oat_mark *marks;
    size_t mark_count, mark_capacity;
    struct oat_trace_info *traces;
    size_t trace_count, trace_capacity;
    bool spans_alone;              /* marks of parts are not wanted */
    struct oat_kept_records *kept; /* where the records of rows of parts go, too; borrowed; NULL: nowhere */
    uint32_t *trace_table;         /* trace id -> trace number + 1, while rows are collected */
    size_t trace_table_size;
    uint64_t table_seed; /* ids come from outside: nobody shall choose collisions */
};

/* What a scan of a pair tells of each slot that counts. Return OAT_OK, or a failure, which ends the
 * scan. Trace and tree fields of rows and marks are not set. */
struct oat_slot_visitor {
    int (*row)(void *arg, const uint8_t trace_id[16], const struct oat_row *row);
    /* span_start_ns: of the span that it belongs to; of a score 0 = not given. */
    int (*mark)(void *arg, const uint8_t trace_id[16], const struct oat_mark *mark, uint64_t span_start_ns);
    /* These two may be NULL. */
    int (*tombstone)(void *arg, const struct oat_pair *pair, const struct oat_disk_tombstone *tombstone);
    int (*unknown)(void *arg); /* a slot that this program does not know */
    void *arg;
};

/* Visits the slots of a pair that no call before has visited, in their order; what is damaged is added to
 * problems and left out, an OPEN that does not count likewise. OAT_OK, what the visitor returned,
 * OAT_E_NOMEM. */
int oat_rows_scan(struct oat_pair *pair, struct oat_problems *problems,
                  const struct oat_slot_visitor *visitor);

/* Makes it empty, with a seed of its own. */
void oat_rows_init(struct oat_rows *ret);
/* Makes it empty but for one trace, which is number 0; no other may be added. OAT_OK or OAT_E_NOMEM. */
int oat_rows_init_one(struct oat_rows *ret, const uint8_t trace_id[16]);
/* The number of a trace, which is added when it is new. OAT_OK or OAT_E_NOMEM. */
int oat_rows_trace(struct oat_rows *rows, const uint8_t trace_id[16], uint32_t *ret_trace);
/* Adds a row or a mark whose trace is set. OAT_OK or OAT_E_NOMEM. */
int oat_rows_add(struct oat_rows *rows, const struct oat_row *row);
/* Room for one more row of a trace, to be filled in; NULL: out of memory. */
struct oat_row *oat_rows_new(struct oat_rows *rows, uint32_t trace);
int oat_rows_add_mark(struct oat_rows *rows, const struct oat_mark *mark);

/* Adds what no call before has read of the pairs of the sources. OAT_OK or OAT_E_NOMEM. */
int oat_rows_collect(struct oat_sources *sources, struct oat_rows *rows);
void oat_rows_free(struct oat_rows *rows);

/* The row of a span whose numbers were checked, wherever they lie. Zero: source, place, status, sum of
 * payloads, trace and tree fields. */
void oat_row_of_span(const struct oat_disk_span *restrict span, bool open, struct oat_row *restrict ret);

/* The decoded lengths of its four payloads, summed up. */
uint64_t oat_span_payload_bytes(const struct oat_disk_span *span);

/* Turns one checked SPAN or OPEN slot into a row; trace and tree fields are not set. False when its
 * values contradict each other, which is added to problems. */
bool oat_row_of_slot(const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                     const struct oat_disk_span *span, struct oat_problems *problems, struct oat_row *ret);

/* What the slots beside spans have in common. */
struct oat_mark_parts {
    uint64_t id;
    uint64_t time_ns;       /* of a LINK: 0 */
    uint64_t span_start_ns; /* of a TOMBSTONE: 0 */
    oat_string_ref texts[OAT_MARK_TEXTS_MAX];
    struct oat_disk_blob_ref attributes;
};

/* The parts of an EVENT, LINK, SCORE or TOMBSTONE slot. */
struct oat_mark_parts oat_mark_parts_of(uint16_t kind, const uint8_t bytes[OAT_SLOT_SIZE]);

/* Adds to problems what a scan met in a slot that is not there or not right. */
void oat_slot_report(const struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                     const uint8_t *bytes, struct oat_problems *problems);

/* Adds to problems a slot of a kind or version that this program does not know. */
void oat_kind_report(const struct oat_pair *pair, uint32_t slot_no, uint16_t kind,
                     struct oat_problems *problems);

/* True when this program knows what to do with slots of the kind. */
bool oat_kind_known(uint16_t kind);

#endif
