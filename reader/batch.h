/* Rows as vectors: what filters and analytics run on, hot rows and parts alike.
 *
 * A source is a run of rows: one part, or the loose rows of a snapshot (hot ones, and those of
 * traces that lie in several places). It is read in batches of up to 1,024 rows; a vector is decoded
 * when it is asked for first, so that what a filter throws away costs nothing more. A source and its
 * batches are used by one thread; other threads open sources of their own over the same snapshot. */
#ifndef OAT_READER_BATCH_H
#define OAT_READER_BATCH_H

#include "format/block.h"
#include "oat/reader.h"

#define OAT_BATCH_ROWS  OAT_BLOCK_ROWS
#define OAT_BATCH_WORDS (OAT_BATCH_ROWS / 64)

/* Vectors of 64 bits come first. A value that a span did not report is 0; FLAGS tells (OAT_SPAN_HAS_*). */
enum oat_vector {
    OAT_VECTOR_START = 0, /* ns */
    OAT_VECTOR_DURATION,  /* ns; 0 while open */
    OAT_VECTOR_COST,      /* nano-dollars, int64_t as uint64_t, as are the next two */
    OAT_VECTOR_COST_INPUT,
    OAT_VECTOR_COST_OUTPUT,
    OAT_VECTOR_SPAN_ID, /* 8 bytes read as little-endian */
    OAT_VECTOR_PARENT_ID,
    OAT_VECTOR_CALL_ID,
    OAT_VECTOR_WIDE_COUNT, /* those below are of 32 bits */
    OAT_VECTOR_TYPE = OAT_VECTOR_WIDE_COUNT,
    OAT_VECTOR_STATUS, /* enum oat_shown_status */
    OAT_VECTOR_OTEL_STATUS,
    OAT_VECTOR_FLAGS,   /* OAT_SPAN_* */
    OAT_VECTOR_COUNTED, /* 0 or 1 */
    OAT_VECTOR_TTFT,    /* us */
    OAT_VECTOR_PROMPT_VERSION,
    OAT_VECTOR_SAMPLE_RATE, /* 10^-9; 0 = 1 */
    OAT_VECTOR_PRICE_TIER,
    OAT_VECTOR_PARENT,                                     /* 0: it has none; the number means nothing */
    OAT_VECTOR_TRACE,                                      /* number of its trace in this source */
    OAT_VECTOR_TEXT,                                       /* + enum oat_text_field: codes; 0 = none */
    OAT_VECTOR_TOKENS = OAT_VECTOR_TEXT + OAT_TEXT_FIELDS, /* + enum oat_count_field */
    OAT_VECTOR_COUNT = OAT_VECTOR_TOKENS + OAT_COUNT_FIELDS,
};

enum oat_payload_field {
    OAT_PAYLOAD_OF_INPUT = 0,
    OAT_PAYLOAD_OF_OUTPUT = 1,
    OAT_PAYLOAD_OF_ERROR = 2,
    OAT_PAYLOAD_FIELDS = 3,
};

/* The number of a trace that a field tells; texts are OAT_FIGURE_TEXT + enum oat_text_field. */
enum oat_trace_figure {
    OAT_FIGURE_START = 0,
    OAT_FIGURE_END,
    OAT_FIGURE_DURATION,
    OAT_FIGURE_STATUS,
    OAT_FIGURE_INPUT_TOKENS,
    OAT_FIGURE_OUTPUT_TOKENS,
    OAT_FIGURE_TOTAL_TOKENS,
    OAT_FIGURE_COST,
    OAT_FIGURE_LLM_CALLS,
    OAT_FIGURE_TOOL_CALLS,
    OAT_FIGURE_SPAN_COUNT,
    OAT_FIGURE_ERROR_COUNT,
    OAT_FIGURE_DEPTH,
    OAT_FIGURE_TEXT,
    OAT_FIGURE_ID = OAT_FIGURE_TEXT + OAT_TEXT_FIELDS,
};

/* A set of them: those that are asked for. */
#define OAT_FIGURES_OF(figure) (UINT32_C(1) << (figure))
#define OAT_FIGURES_ALL        UINT32_MAX

/* What is known of a whole trace, wherever its spans lie. */
struct oat_trace_figures {
    uint8_t trace_id[16];
    uint64_t start_ns;
    uint64_t end_ns; /* 0: open */
    uint64_t input_tokens, output_tokens;
    int64_t cost_nano;
    bool has_input_tokens, has_output_tokens, has_cost;
    bool partial, root_missing;
    enum oat_shown_status status;
    uint32_t span_count, error_count, depth;
    uint32_t llm_calls, tool_calls;
    oat_text text[OAT_TEXT_FIELDS]; /* the root's; MODEL: of the first llm span */
};

struct oat_source;
struct oat_summary_scope; /* reader/summary_source.h, as the next */
struct oat_summary_source;
struct oat_text_match; /* a text sought in payloads: reader/text_match.h */

/* One batch. Zero-initialise; oat_batch_free releases its vectors. */
struct oat_batch {
    struct oat_source *source;
    uint32_t number; /* of the batch in its source */
    uint32_t count;  /* rows */
    /* Bit i: row i is to be read (not masked). Who looks at some of the rows only may clear the others' bits
     * once, and then ask for vectors: their values may be undefined. */
    uint64_t rows[OAT_BATCH_WORDS];
    uint64_t filled[2]; /* vectors that are decoded */
    void *vectors[OAT_VECTOR_COUNT];
};

/* Which rows the values of a vector are of that were read without the others. */
struct oat_sparse {
    const uint8_t *bitmap; /* format/spread.h: in order; the others' are 0. Borrowed while the source lives */
    uint32_t count;        /* of the values; zeros are behind them, up to a multiple of 64 */
};

/* Codes of the attributes of some rows: the n-th of row i is codes[n * OAT_BATCH_ROWS + i]; 0: it has
 * none, and none behind it. Zero-initialise; codes is the owner's to free. */
struct oat_code_columns {
    uint32_t *codes;
    uint32_t count, capacity;
};

/* A further column, of anything. NULL: out of memory. */
uint32_t *oat_code_columns_add(struct oat_code_columns *columns);

/* What a source does; every function returns OAT_OK or a failure (damage is reported in the snapshot's
 * problems and, where rows can be left out, cleared from batch->rows instead). */
struct oat_source_ops {
    void (*free)(struct oat_source *source); /* accepts NULL */
    /* Sets count and rows of batch `number`; vectors are as yet undefined. */
    int (*open)(struct oat_source *source, uint32_t number, struct oat_batch *batch);
    int (*fill64)(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst);
    int (*fill32)(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst);
    /* The values of a vector without those of rows where it is 0, into dst, which is of its width and has
     * room for OAT_BATCH_ROWS. OAT_NOTFOUND: it is not stored like that. NULL: none is. */
    int (*sparse)(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, void *dst,
                  struct oat_sparse *ret);
    /* Sets the bits of rows whose value in a vector of 32 bits is in a range, and clears the others; those
     * behind the rows mean nothing. Quicker than decoding the vector, when it is not asked for later.
     * OAT_NOTFOUND: it has to be decoded. NULL: it always has. */
    int (*range)(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t low,
                 uint32_t high, uint64_t ret[OAT_BATCH_WORDS]);
    /* Bounds of a vector's values in a batch, cheaply; false: not known. */
    bool (*zone)(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max);
    /* The texts that codes 1..code_count stand for; there may be more after a batch's codes were read.
     * Borrowed while the source lives. */
    uint32_t (*code_count)(struct oat_source *source, enum oat_vector vector);
    oat_text (*text)(struct oat_source *source, enum oat_vector vector, uint32_t code);
    /* The attributes of rows of the batch; others may have none, as those behind the batch's. Borrowed until
     * the next call. */
    int (*attributes)(struct oat_source *source, struct oat_batch *batch,
                      const uint64_t rows[OAT_BATCH_WORDS], const struct oat_code_columns **ret);
    /* Those of all rows, without columns in which none of the wanted codes (not 0) is: a row's codes have
     * gaps. NULL: the source cannot tell. */
    int (*attributes_among)(struct oat_source *source, struct oat_batch *batch, const uint32_t *wanted,
                            uint32_t wanted_count, const struct oat_code_columns **ret);
    /* Key and encoded value (format/attrs.h) of attribute codes 1..attribute_count; likewise. */
    uint32_t (*attribute_count)(struct oat_source *source);
    void (*attribute)(struct oat_source *source, uint32_t code, oat_text *ret_key, oat_text *ret_value);
    /* Figures of trace number `trace` of this source: those wanted (OAT_FIGURES_OF), maybe others; texts
     * borrowed while the source lives. */
    int (*trace)(struct oat_source *source, uint32_t trace, uint32_t wanted, struct oat_trace_figures *ret);
    /* When traces first .. first + count - 1 began, which is quicker than asking each. OAT_E_CORRUPT: not
     * known. NULL: it never is. */
    int (*starts)(struct oat_source *source, uint32_t first, uint32_t count, uint64_t *dst);
    /* rows: those to look at; the bits of those whose payload does not contain the text, or that have
     * none, are cleared. Empty text is in every payload there is, whose bytes need not be read. */
    int (*contains)(struct oat_source *source, struct oat_batch *batch, enum oat_payload_field field,
                    const struct oat_text_match *match, uint64_t rows[OAT_BATCH_WORDS]);
    /* What groups of OAT_GROUP_BLOCKS batches come to in sum, for one thread and while the source lives; the
     * caller frees it. OAT_NOTFOUND: none is known. NULL: it never is. */
    int (*summary)(struct oat_source *source, const struct oat_summary_scope *scope,
                   struct oat_summary_source **ret);
};

struct oat_source {
    const struct oat_source_ops *ops;
    uint32_t batch_count;
    uint32_t trace_count;
    bool attributes_known; /* attribute_count does not grow */
    const oat_stop *stop;  /* of who reads it; NULL: none */
};

/* Opens a batch of a source, giving up what was in it. Memory of vectors is kept. OAT_OK, OAT_E_STOPPED, or
 * what the source returned. */
int oat_batch_open(struct oat_batch *batch, struct oat_source *source, uint32_t number);
void oat_batch_free(struct oat_batch *batch);

/* A vector of the batch, decoded now if it was not; batch->count values, 64-byte aligned, readable
 * (but undefined) up to OAT_BATCH_ROWS. Borrowed until the batch is opened again. OAT_OK,
 * OAT_E_NOMEM, or what the source returned. */
int oat_batch_u64(struct oat_batch *batch, enum oat_vector vector, const uint64_t **ret);
int oat_batch_u32(struct oat_batch *batch, enum oat_vector vector, const uint32_t **ret);

/* The same without the rows where it is 0, as struct oat_source_ops has it; OAT_NOTFOUND also when the vector
 * is decoded already. */
int oat_batch_sparse(struct oat_batch *batch, enum oat_vector vector, void *dst, struct oat_sparse *ret);

/* Sets bit i of ret where the value of row i in a vector of 32 bits is in a range (low <= high), and clears
 * the others; those behind the rows mean nothing. As oat_batch_u32. */
int oat_batch_range(struct oat_batch *batch, enum oat_vector vector, uint32_t low, uint32_t high,
                    uint64_t ret[OAT_BATCH_WORDS]);

#endif
