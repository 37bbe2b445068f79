/* The terms of a filter: comparisons, and texts sought anywhere. */
#ifndef OAT_READER_FILTER_TERM_H
#define OAT_READER_FILTER_TERM_H

#include "reader/filter_lex.h"

struct oat_filter_parser {
    struct oat_filter_lexer lexer;
    struct oat_filter_token token; /* the next one, as a term has it */
    struct oat_filter *filter;
    uint64_t now_ns;
    unsigned depth, terms, has_count;
};

/* Reads the next token. OAT_OK, OAT_E_INVALID with the error. */
int oat_filter_advance(struct oat_filter_parser *parser);

/* True for a word, of any case, that is not quoted. */
bool oat_filter_is_keyword(const struct oat_filter_token *token, const char *word);

/* One more of what there may be `max` of; beyond that the error is at the next token. */
int oat_filter_count_up(struct oat_filter_parser *parser, unsigned *count, unsigned max, const char *what);

/* What stands behind the next token. */
struct oat_filter_lookahead {
    enum oat_filter_operator op;  /* it is the field of a comparison; 0: it is not */
    bool has;                     /* it is trace.has with its bracket */
    struct oat_filter_token mark; /* the operator or bracket */
    struct oat_filter_lexer behind;
};
struct oat_filter_lookahead oat_filter_look_ahead(const struct oat_filter_parser *parser);

/* Parses a comparison, whose field is the next token, or one text sought anywhere, which is the next
 * token. *ret is the caller's. OAT_OK, OAT_E_NOMEM, OAT_E_INVALID with the error. */
int oat_filter_parse_comparison(struct oat_filter_parser *parser, struct oat_filter_node **ret);
int oat_filter_parse_search(struct oat_filter_parser *parser, struct oat_filter_node **ret);

#endif
