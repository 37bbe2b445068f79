/* The fields of spans and traces: what they are called in filters, group_by, aggregates and answers
 * (docs/api.md), and where their values are. */
#ifndef OAT_READER_FIELDS_H
#define OAT_READER_FIELDS_H

#include "reader/batch.h"

enum oat_field_kind {
    OAT_FIELD_TEXT = 1,  /* a span's: codes of its vector; a trace's: oat_field_text_of_trace */
    OAT_FIELD_COUNT,     /* an integer */
    OAT_FIELD_MONEY,     /* nano-dollars, int64_t; shown in USD */
    OAT_FIELD_TIME,      /* since the epoch; shown in seconds */
    OAT_FIELD_DURATION,  /* shown in milliseconds */
    OAT_FIELD_SHARE,     /* 0 .. 1, of OAT_SAMPLE_RATE_ONE */
    OAT_FIELD_ENUM,      /* numbers with names: value_name */
    OAT_FIELD_TRACE_ID,  /* of the trace of a row: oat_trace_figures.trace_id */
    OAT_FIELD_SPAN_ID,   /* 8 bytes read as little-endian */
    OAT_FIELD_PAYLOAD,   /* place: enum oat_payload_field; no vector */
    OAT_FIELD_ATTRIBUTE, /* attributes.NAME: codes of oat_source_ops.attributes */
};

/* Which rows have a value. A value that is not there is 0 in its vector, and null wherever it is shown. */
enum oat_field_presence {
    OAT_FIELD_ALWAYS = 0,
    OAT_FIELD_NONZERO, /* those whose value is not 0 */
    OAT_FIELD_FLAGGED, /* those with any bit of `flags` in OAT_VECTOR_FLAGS */
    OAT_FIELD_ENDED,   /* spans that have ended */
};

struct oat_field {
    const char *name;
    const char *alias; /* NULL: none */
    enum oat_field_kind kind;
    bool of_trace; /* one value a trace; `place` is an enum oat_trace_figure */
    /* How the value of a row comes about (oat_field_values does this):
     * (vector + plus) >> shift & mask, and where that is 0, if_zero. */
    uint8_t place; /* enum oat_vector, or as kind and of_trace say */
    uint8_t plus;  /* OAT_FIELD_NO_VECTOR: none */
    uint8_t shift; /* in bits */
    uint32_t mask; /* 0: all bits */
    uint32_t if_zero;
    enum oat_field_presence presence; /* of a row's value */
    uint32_t flags;                   /* FLAGGED */
    /* COUNT .. SHARE: the number stored for 1 as it is shown, 1,000 for a duration in us. */
    uint64_t per_shown;
    const char *(*value_name)(unsigned value); /* ENUM: its values are 1 and on; NULL behind the last */
};

/* The field of a name or alias. Names of traces' fields begin with "trace."; those that only a trace
 * has (span_count ...) are found without it too. For attributes.NAME and attr.NAME *ret_key is NAME,
 * borrowed from the name given; else its bytes are NULL. NULL: there is no such field. */
const struct oat_field *oat_field_find(const char *name, size_t len, oat_text *ret_key);

/* All fields but the attributes, in the order of docs/api.md; NULL behind the last. */
const struct oat_field *oat_field_at(size_t index);

/* The number of a name of an ENUM field, of any case; "ok" is taken for the status success. 0: none. */
unsigned oat_field_enum_parse(const struct oat_field *field, const char *name, size_t len);

/* True when a row's values stand in their vector as they are: nothing to add, shift or replace. */
bool oat_field_is_plain(const struct oat_field *field);

/* The same, and the vector is of 32 bits. */
bool oat_field_is_narrow(const struct oat_field *field);

/* Values of a span's field of kind COUNT .. ENUM or SPAN_ID (and codes of a TEXT) for each row of the
 * batch, widened to 64 bits; MONEY is int64_t as uint64_t. scratch: room for them; *ret is scratch, or
 * borrowed from the batch. Those of rows that have none are not to be used (oat_field_presence).
 * OAT_OK, OAT_E_NOMEM, or what the source returned. */
int oat_field_values(struct oat_batch *batch, const struct oat_field *field, uint64_t scratch[OAT_BATCH_ROWS],
                     const uint64_t **ret);

/* Clears in rows the bits of those that have no value in such a field. Returns as above. */
int oat_field_presence(struct oat_batch *batch, const struct oat_field *field,
                       uint64_t rows[OAT_BATCH_WORDS]);

/* What has to be known of a trace for a field of traces, or its id. */
uint32_t oat_field_figures(const struct oat_field *field);

/* The value of a trace's field of kind COUNT .. ENUM. False: the trace has none. */
bool oat_field_of_trace(const struct oat_field *field, const struct oat_trace_figures *trace, int64_t *ret);

/* The value of a trace's field of kind TEXT; bytes NULL: it has none. Borrowed as those of trace. */
oat_text oat_field_text_of_trace(const struct oat_field *field, const struct oat_trace_figures *trace);

#endif
