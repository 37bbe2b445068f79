/* OpenAgentTrace: reading a store.
 *
 * Works beside any number of living writers, and on a directory copied from elsewhere; needs no
 * daemon. Opening a store reads nothing but STORE; a snapshot is what the directory held when it
 * was taken: it never changes, so paging over it is repeatable.
 *
 * Damage never stops a read: a damaged slot, file or payload is left out, counted, and reported
 * with path, offset, expected and found (oat_snapshot_problem). Files of a greater major version
 * are reported as unsupported and left out.
 * Files in days/ are mapped: when somebody cuts one that is in use, or its device fails, a read raises
 * SIGBUS in the host, to whom signals are left.
 *
 * Thread-safety: a store may be used from many threads; a snapshot from many threads for reading.
 * Text and arrays that a snapshot hands out live until oat_snapshot_free. Text is bytes as the
 * agent gave them: hostile, not NUL-terminated, not always UTF-8. */
#ifndef OAT_READER_H
#define OAT_READER_H

#include "oat/oat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct oat_store oat_store;
typedef struct oat_snapshot oat_snapshot;

/* Opens the store in dir. OAT_NOTFOUND: no such directory, or no STORE in it. OAT_E_CORRUPT,
 * OAT_E_UNSUPPORTED: of STORE. OAT_E_IO with errno: ENOTDIR when dir is a file. (To tell people why:
 * oat_store_open_explained.) */
OAT_API int oat_store_open(const char *dir, oat_store **ret_store);
OAT_API void oat_store_close(oat_store *store);
/* The 16 bytes of the store's identity; borrowed. */
OAT_API const uint8_t *oat_store_id(const oat_store *store);

/* Takes a snapshot of everything committed now. Free it with oat_snapshot_free before closing the
 * store. OAT_E_NOMEM, OAT_E_IO (the directory cannot be listed). */
OAT_API int oat_snapshot_take(oat_store *store, oat_snapshot **ret_snapshot);
OAT_API void oat_snapshot_free(oat_snapshot *snapshot);

/* For a program that stays: makes *snapshot (NULL: none yet) one of everything committed now. Only what was
 * committed since is read, and only the traces it belongs to are built again; while nothing was, that is a
 * look at hot/ and at the headers of pairs whose writers live. After a compaction, or over something that is
 * damaged, another one is taken and the old one freed. As oat_snapshot_take; on failure *snapshot shows what
 * it did, and perhaps a part of what came. Nothing of it may be in use: no thread may be reading it, and
 * texts, traces and lists that it gave are closed or not looked at any more. */
OAT_API int oat_snapshot_refresh(oat_store *store, oat_snapshot **snapshot);

/* ---- What is in it ------------------------------------------------------------------------ */

/* Bytes borrowed from the snapshot. bytes NULL: not set. */
typedef struct oat_text {
    const char *bytes;
    size_t len;
} oat_text;

/* Status as it is shown: the stored one, and what is derived when read (docs/api.md, Status). */
enum oat_shown_status {
    OAT_SHOWN_RUNNING = 1,
    OAT_SHOWN_INTERRUPTED = 2,
    OAT_SHOWN_SUCCESS = 3,
    OAT_SHOWN_ERROR = 4,
    OAT_SHOWN_UNKNOWN = 5,
    OAT_SHOWN_LOST_CONTACT = 6,
};

/* "running", "interrupted" ...; NULL for a number out of range. */
OAT_API const char *oat_shown_status_name(enum oat_shown_status status);
/* 0 when the text is none; "ok" is taken for success. */
OAT_API enum oat_shown_status oat_shown_status_parse(const char *text, size_t len);

/* A payload of a span; plain data, valid with its snapshot. raw_len 0 and not present: none. */
typedef struct oat_payload {
    bool present;
    bool redacted;
    bool limited;           /* a prefix of something larger */
    bool lost;              /* its bytes could not be stored */
    bool forgotten;         /* markers stand in it for content that was forgotten; redacted, too */
    const char *media_type; /* static storage or the snapshot's */
    uint64_t raw_len;
    uint32_t source; /* from here on: where it is; for oat_payload_read */
    uint64_t place;
    uint8_t place_kind;
    uint8_t media;
    uint8_t id4[4];
    bool recipe;
} oat_payload;

typedef struct oat_span_view {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* zero: a root */
    uint64_t start_ns;    /* since the epoch */
    uint64_t end_ns;      /* 0 while it has not ended */
    enum oat_span_type type;
    enum oat_shown_status status;
    enum oat_otel_status otel_status;
    uint32_t flags; /* SPEC.md, Span flags */
    oat_text text[OAT_TEXT_FIELDS];
    bool has_count[OAT_COUNT_FIELDS];
    uint32_t count[OAT_COUNT_FIELDS];
    bool has_ttft, has_cost, has_cost_input, has_cost_output, has_prompt_version;
    uint32_t ttft_us;
    int64_t cost_total_nano, cost_input_nano, cost_output_nano;
    enum oat_cost_source cost_source;
    uint8_t price_tier; /* enum oat_price_tier, and bits 0-3 of it */
    uint32_t prompt_version;
    uint64_t call_id;
    double sample_rate; /* 1 when not sampled */
    oat_payload input, output, attributes, error;
    uint32_t depth;        /* levels below the root of its trace */
    uint32_t parent_index; /* index in the trace's spans; UINT32_MAX: root, or not here */
    uint32_t event_count, link_count, score_count;
} oat_span_view;

typedef struct oat_event_view {
    uint64_t id, time_ns;
    oat_text name;
    oat_payload attributes;
} oat_event_view;

typedef struct oat_link_view {
    uint64_t id;
    oat_span_context target;
    oat_text trace_state;
    oat_payload attributes;
} oat_link_view;

typedef struct oat_score_view {
    uint64_t id, time_ns;
    uint8_t span_id[8]; /* zero: of the trace */
    bool has_value;
    double value;
    oat_text name, label, comment, source;
} oat_score_view;

typedef struct oat_trace_view {
    uint8_t trace_id[16];
    uint64_t start_ns;
    uint64_t end_ns; /* greatest end of its spans; 0 while one is open */
    enum oat_shown_status status;
    bool partial; /* spans of it were retained away */
    /* The root is not here: a running span not announced yet, or one that its writer did not live to
     * announce. Its name and agent are not known then; service, session, user and attributes are those
     * of its earliest child, which takes over session and user. */
    bool root_missing;
    oat_text name, service, session, user, agent, model; /* root's; model: of the first llm span */
    oat_payload attributes;                              /* root's; as in oat_span_view */
    uint32_t span_count, error_count, llm_calls, tool_calls, depth;
    bool has_input_tokens, has_output_tokens, has_cost; /* false: no counted span reported any */
    uint64_t input_tokens, output_tokens;               /* over counted spans: SPEC.md, Counted usage */
    int64_t cost_total_nano;
} oat_trace_view;

/* Finds a trace by id, or by 8..32 hex digits that begin it (a prefix must be unique, else
 * OAT_E_AMBIGUOUS), or by any text docs/api.md takes for a trace id. OAT_NOTFOUND: there is none, or it
 * is hidden (a tombstone). */
OAT_API int oat_snapshot_find_trace(const oat_snapshot *snapshot, const char *text, size_t len,
                                    uint8_t ret_trace_id[16]);

/* One trace, with all its spans. Close it before the snapshot. One thread at a time. */
typedef struct oat_trace oat_trace;
/* OAT_NOTFOUND as above; OAT_E_NOMEM; OAT_E_STALE: the files that hold it were replaced since the
 * snapshot was taken: take another one. */
OAT_API int oat_trace_open(const oat_snapshot *snapshot, const uint8_t trace_id[16], oat_trace **ret_trace);
OAT_API void oat_trace_close(oat_trace *trace);
/* Borrowed from the trace. */
OAT_API const oat_trace_view *oat_trace_head(const oat_trace *trace);
/* Its spans in tree order (a parent before its children, siblings by start); repeats of a span are one
 * (SPEC.md, Identity). Borrowed from the trace. */
OAT_API const oat_span_view *oat_trace_spans(const oat_trace *trace, size_t *ret_count);

/* Events, links and scores of a span of the trace (span_id NULL, scores: those of the trace). Arrays
 * are the caller's: free(). Times ascend. */
OAT_API int oat_trace_events(const oat_trace *trace, const uint8_t span_id[8], oat_event_view **ret_events,
                             size_t *ret_count);
OAT_API int oat_trace_links(const oat_trace *trace, const uint8_t span_id[8], oat_link_view **ret_links,
                            size_t *ret_count);
OAT_API int oat_trace_scores(const oat_trace *trace, const uint8_t *span_id, oat_score_view **ret_scores,
                             size_t *ret_count);

/* True when the snapshot holds an ended span of these ids (importers probe with it). */
OAT_API bool oat_snapshot_has_span(const oat_snapshot *snapshot, const uint8_t trace_id[16],
                                   const uint8_t span_id[8]);

/* ---- Filters -------------------------------------------------------------------------------- */

/* A filter: `type = llm and duration > 2s`; docs/filter.md has the language. Immutable, so many
 * threads may use one. */
typedef struct oat_filter oat_filter;

#define OAT_FILTER_EXPECTED_MAX 16

/* What is wrong with the text of a filter, and where. */
typedef struct oat_filter_error {
    char message[256]; /* one line of UTF-8; may quote the filter, which is as hostile as its sender */
    size_t column;     /* of the first wrong character: 1 and on, in characters (code points) */
    size_t length;     /* characters that are wrong; 0 at the end of the text */
    size_t expected_count;
    const char *expected[OAT_FILTER_EXPECTED_MAX]; /* what could stand there; static storage */
} oat_filter_error;

/* Parses a filter. now_ns: what relative times (`start > -24h`) count from, since the epoch. Empty text
 * is the filter that every span passes. Free it with oat_filter_free, which takes NULL. OAT_OK;
 * OAT_E_NOMEM; OAT_E_INVALID: *ret_error, unless NULL, says what is wrong. */
OAT_API int oat_filter_parse(const char *text, size_t len, uint64_t now_ns, oat_filter **ret_filter,
                             oat_filter_error *ret_error);
OAT_API void oat_filter_free(oat_filter *filter);

/* ---- Stopping ------------------------------------------------------------------------------- */

/* What ends a query before it is done: nobody waits for it any more, or it took too long. asked is called
 * between blocks of rows, on the threads on which the query runs; true ends it. Lists and searches have then
 * what was met until then, and say that they are partial; everything else returns OAT_E_STOPPED. */
typedef struct oat_stop {
    bool (*asked)(void *arg);
    void *arg;
} oat_stop;

/* ---- Lists of traces ----------------------------------------------------------------------- */

enum oat_trace_sort {
    OAT_SORT_START = 0,
    OAT_SORT_DURATION = 1,
    OAT_SORT_COST = 2,
    OAT_SORT_TOKENS = 3,
    OAT_SORT_SPANS = 4,
    OAT_SORT_ERRORS = 5,
};

/* Reads "start", "duration", "cost", "tokens", "spans" or "errors": ascending; descending with a minus before
 * it. False: the text is none of them. */
OAT_API bool oat_trace_sort_parse(const char *text, enum oat_trace_sort *ret_sort, bool *ret_ascending);

/* Zero-initialised: all traces, newest first. */
typedef struct oat_trace_query {
    const oat_filter *filter;     /* NULL: all. A trace is listed when one of its spans matches */
    enum oat_shown_status status; /* 0: any */
    uint64_t from_ns, to_ns;      /* its start is in [from_ns, to_ns); to_ns 0: no end */
    enum oat_trace_sort sort;     /* ties: newest first, then by id */
    bool ascending;
    size_t offset;
    size_t limit;         /* 0: no limit */
    const char *cursor;   /* of an earlier list of the same query; instead of offset. NULL: none */
    const oat_stop *stop; /* borrowed while it runs; NULL: none */
} oat_trace_query;

typedef struct oat_trace_list oat_trace_list;
/* OAT_E_INVALID: of the cursor. OAT_E_STALE as oat_trace_open. */
OAT_API int oat_trace_list_open(const oat_snapshot *snapshot, const oat_trace_query *query,
                                oat_trace_list **ret_list);
OAT_API void oat_trace_list_close(oat_trace_list *list);
OAT_API size_t oat_trace_list_count(const oat_trace_list *list);
/* index < count. Borrowed from the list. */
OAT_API const oat_trace_view *oat_trace_list_get(const oat_trace_list *list, size_t index);
/* How many traces the query has in all; at least that many when *ret_exact is false. */
OAT_API uint64_t oat_trace_list_total(const oat_trace_list *list, bool *ret_exact);
/* For the next page; NULL when this was the last, or the list was stopped. Borrowed from the list. */
OAT_API const char *oat_trace_list_cursor(const oat_trace_list *list);
/* True when files could not be read (see the snapshot's problems), or it was stopped. */
OAT_API bool oat_trace_list_is_partial(const oat_trace_list *list);

/* ---- Payloads ------------------------------------------------------------------------------ */

/* Reads a payload whole and checks it. *ret_bytes is the caller's: free(). A byte behind the end
 * is NUL. OAT_NOTFOUND: there is none. OAT_E_CORRUPT: damaged or lost; *ret_bytes is not set. */
OAT_API int oat_payload_read(const oat_snapshot *snapshot, const oat_payload *payload, uint8_t **ret_bytes,
                             size_t *ret_len);

/* Reads its first bytes, at most max. As above. */
OAT_API int oat_payload_read_prefix(const oat_snapshot *snapshot, const oat_payload *payload, size_t max,
                                    uint8_t **ret_bytes, size_t *ret_len);

/* The id of a whole payload in this store, what `oat forget --payload` takes. bytes: as oat_payload_read gave
 * them, nothing of them forgotten. Other stores have other ids. Any thread. */
OAT_API void oat_content_id_in(const oat_snapshot *snapshot, const void *bytes, size_t len,
                               uint8_t ret_id[16]);

/* ---- Searching text ------------------------------------------------------------------------- */

/* What is sought in the inputs, outputs and errors of spans: in any case and language, as it stands or where
 * JSON escapes stand for its characters. Media inside JSON is not looked into. */
typedef struct oat_search_query {
    oat_text text;            /* UTF-8, not empty; borrowed during the call */
    const oat_filter *filter; /* NULL: in all spans */
    size_t limit;             /* hits, the newest spans first; 1 and on */
    size_t context;           /* bytes that are shown before and behind the text, at most */
    const oat_stop *stop;     /* borrowed while it runs; NULL: none */
    bool newest_only;         /* look for these alone: sooner done, but the others are not counted */
} oat_search_query;

/* A text in a payload of a span; texts are borrowed from the search, the name from the snapshot. */
typedef struct oat_search_hit {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint64_t start_ns;
    enum oat_span_type type;
    oat_text name;
    const char *field;            /* "input", "output" or "error"; static storage */
    oat_text before, text, after; /* of the payload, where it is found first */
    uint64_t offset, payload_len; /* of the text in the payload, in bytes; of the payload */
} oat_search_hit;

/* A search that was made. Free it with oat_search_close before the snapshot. */
typedef struct oat_search oat_search;
/* OAT_OK; OAT_E_INVALID: the text is empty or not UTF-8; OAT_E_NOMEM; OAT_E_STALE as oat_trace_open. Any
 * thread. */
OAT_API int oat_search_open(const oat_snapshot *snapshot, const oat_search_query *query,
                            oat_search **ret_search);
OAT_API void oat_search_close(oat_search *search);
OAT_API size_t oat_search_count(const oat_search *search);
/* index < count. Borrowed from the search. */
OAT_API const oat_search_hit *oat_search_get(const oat_search *search, size_t index);
/* Spans in which the text is, listed or not; with newest_only at least so many. */
OAT_API uint64_t oat_search_span_count(const oat_search *search);
/* True when the limit left out hits, or kept the search from looking for older ones. */
OAT_API bool oat_search_has_more(const oat_search *search);
/* True when files could not be read (see the snapshot's problems), or it was stopped. */
OAT_API bool oat_search_is_partial(const oat_search *search);

/* ---- Queries -------------------------------------------------------------------------------- */

/* What is computed over spans: docs/query.md has the names. Zero-initialised: how many there are. Texts
 * are borrowed while it runs. */
typedef struct oat_span_query {
    const oat_filter *filter;   /* NULL: every span */
    uint64_t from_ns, to_ns;    /* spans whose start is in [from_ns, to_ns); to_ns 0: no end */
    uint64_t every_ns;          /* > 0: the first column is "time", the start rounded down to so much */
    const oat_text *group_by;   /* "span_type", "attributes.tier", "hour" ... */
    size_t group_by_count;      /* at most 8 */
    const oat_text *aggregates; /* "count", "p95:duration_ms", "all:sum:total_cost" ... */
    size_t aggregate_count;     /* at most 32; 0: count alone */
    oat_text having;            /* "count > 10 and p95:duration_ms > 2s" */
    const oat_text *sort;       /* columns; a minus before it: the greatest first */
    size_t sort_count;          /* 0: by time, then by the first aggregate, the greatest first */
    size_t limit;               /* rows; 0: all */
    unsigned threads;           /* 0: one */
    const oat_stop *stop;       /* NULL: none */
    uint64_t memory_bytes;      /* that groups may take, beside what the snapshot keeps; 0: 256 MiB */
} oat_span_query;

enum oat_query_part {
    OAT_QUERY_OF_WINDOW = 1,
    OAT_QUERY_OF_GROUP_BY,
    OAT_QUERY_OF_AGGREGATES,
    OAT_QUERY_OF_HAVING,
    OAT_QUERY_OF_SORT,
    OAT_QUERY_OF_MEMORY,
};

/* What is wrong with a query, or that it needs too much memory. */
typedef struct oat_span_query_error {
    enum oat_query_part part;
    size_t index;          /* of the text in group_by, aggregates or sort */
    oat_filter_error text; /* what is wrong, and where in that text */
} oat_span_query_error;

enum oat_query_type {
    OAT_QUERY_TEXT = 1,
    OAT_QUERY_INTEGER,
    OAT_QUERY_NUMBER,
    OAT_QUERY_TIME,      /* integer: nanoseconds since the epoch */
    OAT_QUERY_ATTRIBUTE, /* text: an attribute's value in its encoding (SPEC.md, Attributes) */
};

typedef struct oat_query_column {
    const char *name; /* as in docs/query.md; the name of an attribute is as hostile as its sender */
    enum oat_query_type type;
    const char *unit; /* "ms", "USD", "s", "1/s"; NULL: none. Static storage */
    bool grouped;     /* of group_by; else an aggregate */
    bool approximate; /* within 1 % */
} oat_query_column;

/* By the type of its column. null: nothing was reported. */
typedef struct oat_query_value {
    bool null;
    int64_t integer; /* INTEGER, TIME */
    double number;   /* INTEGER, NUMBER */
    oat_text text;   /* TEXT, ATTRIBUTE */
} oat_query_value;

/* Free it with oat_query_result_free. */
typedef struct oat_query_result {
    size_t column_count, row_count;
    const oat_query_column *columns;
    const oat_query_value *values; /* row by row */
    const oat_query_value *totals; /* by column: over all spans that passed the filter */
    uint64_t span_count;           /* that passed it */
    uint64_t group_count;          /* rows there are without the limit */
    bool partial;                  /* files could not be read: see the snapshot's problems */
} oat_query_result;

/* Runs a query. OAT_OK; OAT_E_INVALID: the query, as *ret_error says; OAT_E_LIMIT: its groups need more
 * than memory_bytes, likewise; OAT_E_NOMEM; OAT_E_STOPPED; OAT_E_STALE as oat_trace_open. ret_error may be
 * NULL. Any thread; many queries may run over one snapshot. */
OAT_API int oat_query_run(const oat_snapshot *snapshot, const oat_span_query *query,
                          oat_query_result **ret_result, oat_span_query_error *ret_error);
OAT_API void oat_query_result_free(oat_query_result *result);

/* ---- Problems and figures ------------------------------------------------------------------ */

enum oat_problem_kind {
    OAT_PROBLEM_CORRUPT = 1,      /* bytes contradict their checksum or each other */
    OAT_PROBLEM_UNSUPPORTED = 2,  /* a greater major version */
    OAT_PROBLEM_UNKNOWN_KIND = 3, /* slots of kinds this program does not know: skipped, counted */
    OAT_PROBLEM_TORN = 4,         /* the tail a dead writer or a power loss left: dropped, counted */
    OAT_PROBLEM_IO = 5,
    OAT_PROBLEM_LOST = 6, /* a text or payload that a dead writer's span refers to is not there */
    OAT_PROBLEM_TREE = 7, /* no damage, but odd: a cycle of parents, a span id of several days */
};

typedef struct oat_problem {
    enum oat_problem_kind kind;
    const char *path; /* below the store */
    uint64_t offset;  /* byte in the file */
    const char *what; /* "slot checksum", "magic" ... */
    char expected[64];
    char found[64];
    uint64_t count; /* problems of this kind in a row from here */
} oat_problem;

/* "corrupt", "unsupported" ...; NULL for a number out of range. */
OAT_API const char *oat_problem_kind_name(enum oat_problem_kind kind);
/* One line: "corrupt: STORE at byte 120: checksum: expected 12, found 34", or "unreadable: STORE:
 * Permission denied". Returns ret; what does not fit size (OAT_PROBLEM_TEXT_SIZE is enough) is cut. */
#define OAT_PROBLEM_TEXT_SIZE 384
OAT_API const char *oat_problem_text(const oat_problem *problem, char *ret, size_t size);

/* oat_store_open that explains: when it fails, but for OAT_E_NOMEM, *problem says what is wrong. Its
 * path is "STORE", or "." for the directory itself; static storage. */
OAT_API int oat_store_open_explained(const char *dir, oat_store **ret_store, oat_problem *problem);

OAT_API size_t oat_snapshot_problem_count(const oat_snapshot *snapshot);
OAT_API const oat_problem *oat_snapshot_problem(const oat_snapshot *snapshot, size_t index);

typedef struct oat_store_figures {
    uint64_t spans; /* after repeats are joined; open ones included */
    uint64_t traces;
    uint64_t open_spans;
    uint64_t events, links, scores;
    uint64_t replacements;         /* repeats of a span that were joined into one */
    uint64_t raw_payload_bytes;    /* of all payloads that spans refer to */
    uint64_t stored_payload_bytes; /* .blobs and .pack on disk, less unallocated tail and text index */
    uint64_t unique_payload_bytes; /* of the chunks in packs, decoded */
    uint64_t text_index_bytes;     /* of packs */
    uint64_t span_bytes;           /* .spans and .part on disk */
    uint64_t parts;
    uint64_t files;
    uint64_t writers_alive, writers_dead, writers_unknown;
    uint64_t mapped_pairs, pwrite_pairs;
} oat_store_figures;

/* OAT_OK, OAT_E_NOMEM, OAT_E_STALE. */
OAT_API int oat_snapshot_figures(const oat_snapshot *snapshot, oat_store_figures *ret_figures);

/* Checks the snapshot's files; problems found are added to the snapshot's. Every slot was checked
 * when it was taken. Without deep: decodes every entry of .blobs where it stands (one that fails may
 * also be a write that was given up and that nothing refers to). deep: follows every reference and
 * decodes every payload whole. OAT_OK also when there are problems; OAT_E_NOMEM. */
OAT_API int oat_snapshot_verify(oat_snapshot *snapshot, bool deep);

/* ---- Following ----------------------------------------------------------------------------- */

/* Follows the store from now on: spans as they are announced (open) and end. Poll it; it keeps its
 * place. Not for several threads at once. */
typedef struct oat_follow oat_follow;
OAT_API int oat_follow_open(oat_store *store, bool from_start, oat_follow **ret_follow);
OAT_API void oat_follow_close(oat_follow *follow);
/* The next span, or OAT_NOTFOUND when there is nothing new now. *ret_span borrows from the follow
 * until its next call. */
OAT_API int oat_follow_next(oat_follow *follow, oat_span_view *ret_span);
/* Nanoseconds to sleep before asking again: 1 ms when busy, rising to 50 ms when idle. */
OAT_API uint64_t oat_follow_delay_ns(const oat_follow *follow);

#ifdef __cplusplus
}
#endif

#endif
