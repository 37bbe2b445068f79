/* Words, quoted text and marks of a filter. */
#ifndef OAT_READER_FILTER_LEX_H
#define OAT_READER_FILTER_LEX_H

#include "reader/filter.h"
#include "reader/filter_error.h"

enum oat_filter_token_kind {
    OAT_TOKEN_END = 0,
    OAT_TOKEN_WORD,
    OAT_TOKEN_QUOTED,
    OAT_TOKEN_OPERATOR, /* of marks: = != < <= > >= ~ : */
    OAT_TOKEN_OPEN,
    OAT_TOKEN_CLOSE,
    OAT_TOKEN_COMMA,
};

struct oat_filter_token {
    enum oat_filter_token_kind kind;
    enum oat_filter_operator op; /* OPERATOR */
    oat_text text;               /* WORD, QUOTED: what it says, decoded */
    uint32_t at, len;            /* its bytes in the filter */
};

/* Copy it to come back to a place. */
struct oat_filter_lexer {
    struct oat_filter_source source; /* of at most OAT_FILTER_TEXT_MAX bytes of UTF-8 */
    size_t at;                       /* behind the last token */
    char *decoded;                   /* room for source.len bytes; the caller's, tokens borrow it */
    size_t decoded_len;
};

/* Reads the next token, where a term may stand: words end before a mark. OAT_OK; OAT_E_INVALID with the
 * source's error (a quote without its end, a wrong escape). */
int oat_filter_lex(struct oat_filter_lexer *lexer, struct oat_filter_token *ret);

/* The same behind an operator or in a list: words may have marks in them, as times do. */
int oat_filter_lex_value(struct oat_filter_lexer *lexer, struct oat_filter_token *ret);

/* The operator as it is written. */
const char *oat_filter_operator_text(enum oat_filter_operator op);

#endif
