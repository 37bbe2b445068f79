/* OpenAgentTrace: the writer's public interface.
 *
 * An agent opens a tracer on a directory and appends spans to it. There is no server: when
 * oat_span_end() returns, the span and its payloads are in files and survive the death of the
 * process (kill -9 included). They survive the death of the machine after the next flush, which
 * a background thread does every flush_interval_ms, or oat_tracer_flush() at once.
 *
 * What this is not, and the traps:
 *  - Tracing never fails its host. Only opening, flushing, scores, deletions and the propagation
 *    parsers return errors; every other call does its work or counts a drop
 *    (oat_tracer_get_stats). A NULL tracer or span is accepted everywhere and does nothing.
 *  - A thread that is cancelled (pthread_cancel), or left by longjmp, inside a call leaves the tracer
 *    as that call had it, locks included: do neither.
 *  - A span handle may be used by one thread at a time, and ended by any thread. After
 *    oat_span_end() the handle is dead: do not touch it.
 *  - fork(): the child's first call makes a writer of its own; a span handle from before the fork
 *    is, in the child, a parent only: setters and end on it write nothing.
 *  - A call from a signal handler that interrupted a call of this library on the same thread is
 *    dropped and counted (drops_reentrant); from any other signal handler do not call it.
 *  - Of a trace that is held back by sampling (config.h) nothing is in the files before it is known that it
 *    is kept after all.
 *  - What a running span has been given (fields, attributes) is in memory until it ends; its
 *    input, events and links are in the files at once. A span open for longer than open_after_ms
 *    is announced in the files with ids, start, type, name, service, agent, session, user, model
 *    and input.
 *  - exit() without oat_tracer_close() loses nothing that has ended; spans still open then read as
 *    interrupted. exec() likewise: descriptors are close-on-exec.
 *  - A full disk, a quota or a file size limit (RLIMIT_FSIZE) drops and counts, without a signal, and
 *    recovers by itself.
 *  - No signal handlers, no atexit handlers, no output to stdout or stderr unless `warn` is set.
 *
 * Text is bytes: it is stored as given, invalid UTF-8 and NUL bytes included, when a length is
 * passed; OAT_NUL as length means strlen(). Text over 4,096 bytes in a field is stored as a prefix
 * with a hash, and whole in the attribute "oat.<field>".
 *
 * Thread-safety: all functions may be called from any thread at once unless a comment says
 * otherwise; of one span handle, one thread at a time. */
#ifndef OAT_OAT_H
#define OAT_OAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oat/config.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OAT_VERSION "0.1.0"
#define OAT_NUL     SIZE_MAX /* as a length: the text ends at its first NUL byte */

/* Results. 0 is success, positive values are answers, negative values are failures. The numbers
 * are stable. errno is kept beside OAT_E_IO. */
enum oat_result {
    OAT_OK = 0,
    OAT_NOTFOUND = 1,       /* an answer: no such thing */
    OAT_E_INVALID = -1,     /* an argument or a text from outside is malformed */
    OAT_E_NOMEM = -2,       /* out of memory */
    OAT_E_IO = -3,          /* a system call failed; errno says how */
    OAT_E_FULL = -4,        /* no space left on the device, or a quota */
    OAT_E_CORRUPT = -5,     /* bytes in a file contradict their checksum or each other */
    OAT_E_UNSUPPORTED = -6, /* a greater format version than this program reads */
    OAT_E_LIMIT = -7,       /* over a limit of the format (SPEC.md, Limits) */
    OAT_E_NETFS = -8,       /* a network file system, refused for writing unless allowed */
    OAT_E_AMBIGUOUS = -9,   /* a prefix that names several things */
    OAT_E_STOPPED = -12,    /* a query was stopped before it was done (reader.h, oat_stop) */
    OAT_E_STALE = -11,      /* files were replaced since a snapshot was taken: take another one */
    OAT_E_CLOSED = -10,     /* the tracer has no usable files (see stats) */
};

/* A short English text for a result; never NULL; static storage. */
OAT_API const char *oat_result_text(int result);

/* The version of the library that is linked, as OAT_VERSION. */
OAT_API const char *oat_version(void);

/* ---- Kinds of spans, states, fields ------------------------------------------------------- */

/* SPEC.md, Span types. Numbers are on disk. */
enum oat_span_type {
    OAT_AGENT = 1,
    OAT_LLM = 2,
    OAT_TOOL = 3,
    OAT_RETRIEVAL = 4,
    OAT_GUARDRAIL = 5,
    OAT_HANDOFF = 6,
    OAT_EMBEDDING = 7,
    OAT_RERANK = 8,
    OAT_MEMORY = 9,
    OAT_CHAIN = 10,
    OAT_HTTP = 11,
    OAT_DATABASE = 12,
    OAT_CACHE = 13,
    OAT_FILE_IO = 14,
};

/* The state that is stored. SPEC.md, Status. Numbers are on disk. */
enum oat_status {
    OAT_STATUS_OPEN = 1,
    OAT_STATUS_SUCCESS = 2,
    OAT_STATUS_ERROR = 3,
};

/* Text fields of a span. Numbers are positions on disk. */
enum oat_text_field {
    OAT_TEXT_NAME = 0,
    OAT_TEXT_SERVICE = 1,
    OAT_TEXT_ENVIRONMENT = 2,
    OAT_TEXT_MODEL = 3,
    OAT_TEXT_PROVIDER = 4,
    OAT_TEXT_AGENT = 5,
    OAT_TEXT_SESSION = 6, /* inherited by descendants started later in this process */
    OAT_TEXT_USER = 7,    /* inherited likewise */
    OAT_TEXT_OPERATION = 8,
    OAT_TEXT_STATUS_MESSAGE = 9,
    OAT_TEXT_PROMPT_NAME = 10, /* inherited likewise, with the prompt version */
    OAT_TEXT_FIELDS = 11,
};

/* Counts of a span. A count over 2^32-2 is stored as that and flagged saturated. Numbers are
 * positions on disk. Cached, cache-write and media counts are parts of input or output. */
enum oat_count_field {
    OAT_COUNT_INPUT = 0,  /* prompt tokens, cache included */
    OAT_COUNT_OUTPUT = 1, /* completion tokens, reasoning included */
    OAT_COUNT_CACHED = 2,
    OAT_COUNT_CACHE_WRITE = 3,
    OAT_COUNT_CACHE_WRITE_1H = 4,
    OAT_COUNT_REASONING = 5,
    OAT_COUNT_AUDIO_INPUT = 6,
    OAT_COUNT_AUDIO_OUTPUT = 7,
    OAT_COUNT_IMAGE = 8,
    OAT_COUNT_FIELDS = 9,
};

/* Where a cost comes from. Numbers are on disk. */
enum oat_cost_source {
    OAT_COST_NONE = 0,
    OAT_COST_REPORTED = 1, /* by the provider */
    OAT_COST_COMPUTED = 2, /* from counts and a price table */
    OAT_COST_UNPRICED = 3, /* there is usage, but no known price */
};

/* How a call was served, as far as prices depend on it: bits 4-7 of a span's price tier. Bits 0-3 are set
 * with a computed cost: the line of the model's prices for growing inputs, from 0. Numbers are on disk. */
enum oat_price_tier {
    OAT_TIER_STANDARD = 0x00,
    OAT_TIER_BATCH = 0x10, /* also what providers call flex: the same price */
    OAT_TIER_PRIORITY = 0x20,
};

/* OpenTelemetry status code as received. */
enum oat_otel_status { OAT_OTEL_NONE = 0, OAT_OTEL_UNSET = 1, OAT_OTEL_OK = 2, OAT_OTEL_ERROR = 3 };

/* ---- Tracer ------------------------------------------------------------------------------- */

typedef struct oat_tracer oat_tracer;
typedef struct oat_span oat_span;

/* Opens a store for appending, making the directory if it is missing. Files are made at the first
 * append. config NULL means oat_config_init's. Several tracers, in one process or many, may share
 * a directory. A file prices.yaml in it is read, for the costs of spans; what is wrong with it goes to
 * config.warn. *ret_tracer is set on success only and is closed with oat_tracer_close.
 * Errors: OAT_E_INVALID, OAT_E_NOMEM, OAT_E_IO (errno), OAT_E_FULL, OAT_E_UNSUPPORTED (STORE of a
 * greater version), OAT_E_CORRUPT (STORE damaged), OAT_E_NETFS. */
OAT_API int oat_tracer_open(const oat_config *config, oat_tracer **ret_tracer);

/* Makes everything that has ended durable on the device. Blocks for the device. On failure
 * (OAT_E_IO, OAT_E_FULL; errno) nothing further is promised for the bytes in question: the pair of
 * files is rolled, and a later flush covers later spans only. A background flush that failed since the
 * last call fails this one. OAT_E_CLOSED: called from a signal handler inside a call, or no memory. */
OAT_API int oat_tracer_flush(oat_tracer *tracer);

/* Makes everything that has ended durable (as oat_tracer_flush; a failure goes to config.warn), seals
 * the files and frees the tracer. Accepts NULL. No other thread may be inside a call on this
 * tracer or its spans; spans still open read as interrupted, and their handles are dead. */
OAT_API void oat_tracer_close(oat_tracer *tracer);

/* Which of the store's writers this process is, as `writer` of oat_span_context; another one after fork(). 0:
 * it is none (NULL, no memory), or the call came from a signal handler inside another. */
OAT_API uint64_t oat_tracer_get_writer(oat_tracer *tracer);

typedef struct oat_stats {
    uint64_t spans;              /* SPAN slots committed */
    uint64_t slots;              /* slots committed, of any kind */
    uint64_t payloads;           /* payloads captured */
    uint64_t payload_bytes;      /* their raw bytes */
    uint64_t stored_bytes;       /* bytes appended to .blobs */
    uint64_t deduplicated_bytes; /* raw bytes found again and not stored */
    uint64_t pairs;              /* pairs of files made */
    uint64_t drops_full;         /* spans, events or payloads dropped: no space */
    uint64_t drops_io;           /* dropped: another error of the file system */
    uint64_t drops_memory;       /* dropped: out of memory */
    uint64_t drops_reentrant;    /* dropped: called from a signal handler inside a call */
    uint64_t drops_limit;   /* dropped or cut: over a limit of the format, or of what sampling may hold */
    uint64_t sampled_out;   /* spans that sampling did not keep */
    uint64_t sync_failures; /* flushes that failed */
    int last_errno;         /* of the newest drop or failure; 0 = none */
    const char *mode;       /* "map" or "pwrite", as new files are written; static storage */
} oat_stats;

/* Counters since open (in a forked child: since the fork). Momentary, not a snapshot. */
OAT_API void oat_tracer_get_stats(oat_tracer *tracer, oat_stats *ret_stats);

/* ---- Spans -------------------------------------------------------------------------------- */

/* Names a place in a trace; plain data, copy freely. */
typedef struct oat_span_context {
    uint8_t trace_id[16]; /* all zero: no trace */
    uint8_t span_id[8];   /* all zero: a trace without a known parent span */
    uint8_t trace_flags;  /* W3C trace-flags */
    bool remote;          /* came from another process */
    int64_t anchor_ns;    /* set by oat_span_get_context: the clock its trace goes by; else 0 */
    uint64_t writer;      /* set by oat_span_get_context: which writer started it; else 0 */
} oat_span_context;

/* Starts a span now, as a child of the calling thread's current span of this tracer, and makes it
 * the current one; without a current span it is the root of a new trace. Its end makes the span
 * that was current before current again. name: bytes up to NUL; copied. A type outside the list is
 * taken for OAT_CHAIN. Returns NULL when it was dropped (counted). */
OAT_API oat_span *oat_span_start(oat_tracer *tracer, enum oat_span_type type, const char *name);

/* How to start a span otherwise; zero-initialise, then set what differs. */
typedef struct oat_span_options {
    const oat_span_context *parent; /* NULL: the calling thread's current span, if any */
    const oat_span *parent_span;    /* instead: a running span, of any thread, whose session, user,
                                     * prompt and context attributes are inherited. It must not be
                                     * changed or ended during the call. NULL: none */
    bool new_trace;                 /* ignore the current span: a root of a new trace */
    bool detached;                  /* does not become the thread's current span */
    const uint8_t *trace_id;        /* 16 bytes: of a root; NULL or all zero = random */
    const uint8_t *span_id;         /* 8 bytes; NULL or all zero = random */
    uint64_t start_ns;              /* since the epoch; 0 = now */
    bool start_is_zero;             /* with start_ns 0: the epoch itself, not now */
    bool synthetic_time;            /* the times are made up (flag on disk) */
    size_t name_len;                /* bytes of the name; 0 or OAT_NUL: up to NUL */
} oat_span_options;

/* As oat_span_start, with options (async code, fibers, thread pools, importers). */
OAT_API oat_span *oat_span_start_with(oat_tracer *tracer, enum oat_span_type type, const char *name,
                                      const oat_span_options *options);

/* Ends a span now, from any thread. When it returns, the span and its payloads survive the death
 * of the process. A span without a status ends as success. The handle is dead afterwards. */
OAT_API void oat_span_end(oat_span *span);

/* Ends a span at a given time (ns since the epoch). A time before its start gives duration 0 and
 * the flag "clamped". */
OAT_API void oat_span_end_at(oat_span *span, uint64_t end_ns);

/* The span's place, for children on other threads and for propagation. Zeros for NULL. */
OAT_API oat_span_context oat_span_get_context(const oat_span *span);

/* The calling thread's current span of this tracer, or NULL. Borrowed. */
OAT_API oat_span *oat_span_current(oat_tracer *tracer);

/* Sets a text field. s NULL clears it. */
OAT_API void oat_span_set_text(oat_span *span, enum oat_text_field field, const char *s, size_t len);

/* Sets a count (tokens). */
OAT_API void oat_span_set_count(oat_span *span, enum oat_count_field field, uint64_t count);

/* Sets counts and price tier from what a provider reported: its usage object, or a whole answer or event of a
 * stream that has one, as JSON in the dialect of OpenAI, Anthropic, Gemini, Mistral, Cohere or Bedrock
 * (docs/cost.md); borrowed for the call. OAT_OK, OAT_NOTFOUND (there is no usage in it), OAT_E_INVALID (no
 * span or no text). */
OAT_API int oat_span_set_usage(oat_span *span, const char *json, size_t len);

/* Sets the cost in nano-dollars (10^-9 USD). input_nano and output_nano: the parts, or a negative
 * number when unknown; OAT_COST_NONE takes all of it back. A span that ends with counts and without a cost
 * gets the one that its model's prices give (OAT_COST_COMPUTED), or is marked OAT_COST_UNPRICED. */
OAT_API void oat_span_set_cost(oat_span *span, int64_t total_nano, int64_t input_nano, int64_t output_nano,
                               enum oat_cost_source source);

/* The price tier the provider billed at (enum oat_price_tier). */
OAT_API void oat_span_set_price_tier(oat_span *span, uint8_t tier);

/* Sets the state (success or error) and, unless NULL, the status message. */
OAT_API void oat_span_set_status(oat_span *span, enum oat_status status, const char *message);

/* Sets state error and the error payload (message, stack trace), whole; the first line of it, up
 * to 200 bytes, becomes the status message if there is none. */
OAT_API void oat_span_set_error(oat_span *span, const char *text, size_t len);

OAT_API void oat_span_set_otel_status(oat_span *span, enum oat_otel_status status);
/* Time to first token, microseconds from the start. */
OAT_API void oat_span_set_ttft_us(oat_span *span, uint64_t ttft_us);
OAT_API void oat_span_set_prompt_version(oat_span *span, uint32_t version);
/* Share of such traces that are kept, 0 < rate <= 1; else it is what the tracer's own sampling makes it. */
OAT_API void oat_span_set_sample_rate(oat_span *span, double rate);
/* The provider's response id: two spans of a trace that carry the same one are one call. */
OAT_API void oat_span_set_call_id(oat_span *span, const char *response_id, size_t len);

/* Captures a payload: bytes (len may be OAT_NUL) and media type ("application/json", "text/plain",
 * "image/png" ...; NULL = JSON if it begins like JSON, else text/plain if it is UTF-8, else octet-stream).
 * Copied into the files before the call returns; kept whole, deduplicated, read back byte for byte. The last
 * call before the end wins. */
OAT_API void oat_span_set_input(oat_span *span, const void *data, size_t len, const char *media_type);
OAT_API void oat_span_set_output(oat_span *span, const void *data, size_t len, const char *media_type);

/* ---- Attributes --------------------------------------------------------------------------- */

enum oat_value_type {
    OAT_VALUE_NULL = 0,
    OAT_VALUE_STRING = 1,
    OAT_VALUE_BOOL = 2,
    OAT_VALUE_INT = 3,
    OAT_VALUE_DOUBLE = 4,
    OAT_VALUE_BYTES = 5,
    OAT_VALUE_ARRAY = 6,
    OAT_VALUE_MAP = 7,
};

struct oat_attr;

/* A typed value; plain data that borrows what it points to. */
typedef struct oat_value {
    enum oat_value_type type;
    size_t len; /* bytes of a string (or OAT_NUL) or byte string, elements of an array or map */
    union {
        const char *string;
        const uint8_t *bytes;
        bool boolean;
        int64_t integer;
        double real;
        const struct oat_value *array;
        const struct oat_attr *map;
    } u;
} oat_value;

typedef struct oat_attr {
    const char *key;
    size_t key_len; /* OAT_NUL: up to NUL */
    oat_value value;
} oat_attr;

/* Sets an attribute, replacing one of the same key. Up to 10,000 a span, nested up to 64 deep;
 * more are dropped and counted (drops_limit). */
OAT_API void oat_span_set_attr(oat_span *span, const char *key, size_t key_len, const oat_value *value);
OAT_API void oat_span_set_attr_string(oat_span *span, const char *key, const char *value);
OAT_API void oat_span_set_attr_int(oat_span *span, const char *key, int64_t value);
OAT_API void oat_span_set_attr_double(oat_span *span, const char *key, double value);
OAT_API void oat_span_set_attr_bool(oat_span *span, const char *key, bool value);

/* As oat_span_set_attr, and inherited by descendants started later in this process. */
OAT_API void oat_span_set_context_attr(oat_span *span, const char *key, size_t key_len,
                                       const oat_value *value);

/* ---- Events, links, scores, tombstones ---------------------------------------------------- */

typedef struct oat_event {
    const char *name;
    size_t name_len;  /* OAT_NUL: up to NUL */
    uint64_t time_ns; /* since the epoch; 0 = now */
    uint64_t id;      /* 0 = random */
    const oat_attr *attrs;
    size_t attr_count;
} oat_event;

/* Appends an event of a running span; in the files when the call returns. */
OAT_API void oat_span_add_event(oat_span *span, const oat_event *event);

typedef struct oat_link {
    oat_span_context target;
    const char *trace_state; /* W3C tracestate, up to NUL; NULL = none */
    uint64_t id;             /* 0 = random */
    const oat_attr *attrs;
    size_t attr_count;
} oat_link;

/* Appends a link of a running span; in the files when the call returns. */
OAT_API void oat_span_add_link(oat_span *span, const oat_link *link);

typedef struct oat_score {
    uint8_t trace_id[16];
    uint8_t span_id[8];       /* all zero: of the trace */
    uint64_t target_start_ns; /* start of the span (or of the trace's root); 0 = not known */
    const char *name;         /* up to NUL; required */
    bool has_value;
    double value;        /* NaN and infinities count as none */
    const char *label;   /* category, up to NUL; NULL = none */
    const char *comment; /* up to NUL; NULL = none */
    const char *source;  /* who scored: "user", "judge", ...; NULL = none */
    uint64_t time_ns;    /* since the epoch; 0 = now */
    uint64_t id;         /* 0 = random */
} oat_score;

/* Appends a score; in the files when the call returns. OAT_E_INVALID without a name or trace id;
 * OAT_E_FULL, OAT_E_IO, OAT_E_NOMEM, OAT_E_LIMIT when it was not stored; OAT_E_CLOSED without a tracer
 * or where oat_tracer_flush returns it. */
OAT_API int oat_score_add(oat_tracer *tracer, const oat_score *score);

/* Hides a trace, whenever its spans arrive. reason may be NULL. Errors as oat_score_add. */
OAT_API int oat_trace_delete(oat_tracer *tracer, const uint8_t trace_id[16], const char *reason);

/* ---- Propagation -------------------------------------------------------------------------- */

#define OAT_TRACEPARENT_SIZE 56 /* 55 characters and NUL */
#define OAT_TRACE_HEX_SIZE   33

/* Writes the W3C `traceparent` header value (version 00, W3C Trace Context section 3.2.2). A context
 * without a trace or span id gives zeros, which receivers reject. */
OAT_API void oat_traceparent_inject(const oat_span_context *context, char ret[OAT_TRACEPARENT_SIZE]);

/* Reads one; *ret is set on success only (remote = true). OAT_E_INVALID for anything the
 * recommendation rejects; versions above 00 are read by its forward rule. */
OAT_API int oat_traceparent_extract(const char *value, size_t len, oat_span_context *ret);

/* Writes the `X-Trace-ID` value: 32 lowercase hex digits. */
OAT_API void oat_x_trace_id_inject(const oat_span_context *context, char ret[OAT_TRACE_HEX_SIZE]);

/* Reads a trace id given as any text (docs/api.md, Ids): 32 hex digits or a UUID are taken as they
 * are, 16 hex digits are left-padded, any other text of up to 4,096 bytes is hashed. The text is
 * not kept here: set the attribute "oat.trace_id" to keep it. */
OAT_API int oat_x_trace_id_extract(const char *value, size_t len, oat_span_context *ret);

/* ---- Scopes ------------------------------------------------------------------------------- */

static inline void oat_span_scope_end(oat_span **span)
{
    oat_span_end(*span);
}

/* A span that ends on every way out of the block:
 *     OAT_SCOPE(span, tracer, OAT_TOOL, "search");
 *     oat_span_set_input(span, ...); */
#define OAT_SCOPE(var, tracer, type, name)                                                                   \
    oat_span *var __attribute__((cleanup(oat_span_scope_end))) = oat_span_start((tracer), (type), (name))

#ifdef __cplusplus
}
#endif

#endif
