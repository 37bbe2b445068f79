/* A filter in memory: the tree that was parsed, and in each comparison what it was compiled to.
 *
 * Immutable once parsed, so many threads may evaluate one (filter_eval.h). docs/filter.md has the
 * language. */
#ifndef OAT_READER_FILTER_H
#define OAT_READER_FILTER_H

#include "reader/fields.h"
#include "reader/text_match.h"

#define OAT_FILTER_TEXT_MAX   (64u << 10) /* bytes of a filter */
#define OAT_FILTER_DEPTH_MAX  64u         /* parentheses, not, trace.has inside each other */
#define OAT_FILTER_TERMS_MAX  128u        /* comparisons and texts: each may hold a byte a code */
#define OAT_FILTER_VALUES_MAX 1000u       /* in one list */
#define OAT_FILTER_HAS_MAX    8u          /* trace.has: each reads a whole source */

enum oat_filter_node_kind {
    OAT_FILTER_AND = 1,
    OAT_FILTER_OR,
    OAT_FILTER_NOT,
    OAT_FILTER_TRACE_HAS,
    OAT_FILTER_SEARCH, /* a text anywhere; its children are comparisons of which one has to hold */
    OAT_FILTER_COMPARE,
};

enum oat_filter_operator {
    OAT_FILTER_EQ = 1,
    OAT_FILTER_NE,
    OAT_FILTER_LT,
    OAT_FILTER_LE,
    OAT_FILTER_GT,
    OAT_FILTER_GE,
    OAT_FILTER_GLOB,
    OAT_FILTER_CONTAINS,
    OAT_FILTER_IN,
    OAT_FILTER_NOT_IN,
};

/* What evaluating a node reads, the dearest of all below it; siblings with less are evaluated first. */
enum oat_filter_cost {
    OAT_FILTER_COST_NUMBERS = 0,
    OAT_FILTER_COST_CODES,      /* a byte a code */
    OAT_FILTER_COST_TRACES,     /* a byte a trace */
    OAT_FILTER_COST_ATTRIBUTES, /* several codes a row */
    OAT_FILTER_COST_SOURCE,     /* all of it, once */
    OAT_FILTER_COST_PAYLOADS,
    OAT_FILTER_COST_COUNT,
};

/* A value as it stands in the filter. */
struct oat_filter_value {
    oat_text text; /* without quotes and escapes */
    bool quoted;
    uint32_t at, len; /* bytes of the filter */
};

/* Whole numbers from low to high. */
struct oat_filter_range {
    int64_t low, high;
};

/* An id, or the beginning of one, as little-endian words: those bits of it that are in mask. */
struct oat_filter_id {
    uint64_t word[2]; /* a span id has the first only */
    uint64_t mask[2];
};

/* What a value has to be; what it consists of depends on the field's kind. A value that was not
 * reported passes no test but `null`. */
struct oat_filter_test {
    bool null;   /* it must not be there; negate: it must */
    bool negate; /* of != and not in: those that are there and do not pass */
    /* COUNT .. ENUM, and attributes compared with numbers: in one of these, which ascend and do not touch. */
    struct oat_filter_range *ranges;
    size_t range_count;
    /* TEXT, and attributes: one of these, which ascend (oat_filter_text_order). */
    oat_text *texts;
    size_t text_count;
    /* Attributes: the numbers that a double is compared with, in the order of values. */
    double *reals;
    size_t real_count;
    /* TRACE_ID and SPAN_ID: one of these, or of the ids that `texts` make in the row's trace. */
    struct oat_filter_id *ids;
    size_t id_count;
    struct oat_text_match *match; /* CONTAINS; of a null test of payloads: empty text */
};

struct oat_filter_node {
    enum oat_filter_node_kind kind;
    uint32_t number; /* among the filter's nodes */
    enum oat_filter_cost cost;
    struct oat_filter_node *first_child;
    struct oat_filter_node *next; /* sibling */
    /* COMPARE */
    enum oat_filter_operator op;
    const struct oat_field *field;
    oat_text key; /* of an attribute */
    /* COMPARE, SEARCH (one) */
    struct oat_filter_value *values;
    size_t value_count;
    struct oat_filter_test test;
};

struct oat_filter {
    char *text;                   /* decoded words that nodes and values borrow */
    struct oat_filter_node *root; /* NULL: every span passes */
    uint32_t node_count;
};

/* A node without children. NULL: out of memory. */
struct oat_filter_node *oat_filter_node_new(struct oat_filter *filter, enum oat_filter_node_kind kind);
/* Frees a node with all below it; takes NULL. */
void oat_filter_node_free(struct oat_filter_node *node);

/* Sets the costs of a node and all below it. */
void oat_filter_set_costs(struct oat_filter_node *node);

/* Orders two oat_text by length, then bytes: for qsort and bsearch. */
int oat_filter_text_order(const void *a, const void *b);

#endif
