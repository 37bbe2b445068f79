#include "reader/filter_term.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format/ids.h"
#include "reader/filter_compile.h"
#include "reader/filter_suggest.h"

int oat_filter_advance(struct oat_filter_parser *p)
{
    return oat_filter_lex(&p->lexer, &p->token);
}

bool oat_filter_is_keyword(const struct oat_filter_token *token, const char *word)
{
    return token->kind == OAT_TOKEN_WORD && token->text.len == strlen(word) &&
           strncasecmp(token->text.bytes, word, token->text.len) == 0;
}

int oat_filter_count_up(struct oat_filter_parser *p, unsigned *count, unsigned max, const char *what)
{
    if ((*count)++ < max)
        return OAT_OK;
    return oat_filter_fail(&p->lexer.source, p->token.at, p->token.len, "over %u %s", max, what);
}

/* ---- Comparisons ----------------------------------------------------------------------------------- */

/* Sees whether the mark is the operator of a list, "in" or "not in", with its bracket. */
static void look_for_list(struct oat_filter_lookahead *ahead)
{
    struct oat_filter_token in = ahead->mark, bracket;
    bool negated = oat_filter_is_keyword(&in, "not");
    if (negated && oat_filter_lex(&ahead->behind, &in) != OAT_OK)
        return;
    if (!oat_filter_is_keyword(&in, "in") || oat_filter_lex(&ahead->behind, &bracket) != OAT_OK ||
        bracket.kind != OAT_TOKEN_OPEN)
        return;
    ahead->op = negated ? OAT_FILTER_NOT_IN : OAT_FILTER_IN;
    ahead->mark.len = in.at + in.len - ahead->mark.at;
}

struct oat_filter_lookahead oat_filter_look_ahead(const struct oat_filter_parser *p)
{
    struct oat_filter_lookahead ahead = {.behind = p->lexer};
    /* A mistake there is found when it is read. */
    if (p->token.kind != OAT_TOKEN_WORD || oat_filter_lex(&ahead.behind, &ahead.mark) != OAT_OK)
        return ahead;
    ahead.has = ahead.mark.kind == OAT_TOKEN_OPEN && oat_filter_is_keyword(&p->token, "trace.has");
    if (ahead.mark.kind == OAT_TOKEN_OPERATOR)
        ahead.op = ahead.mark.op;
    else
        look_for_list(&ahead);
    return ahead;
}

static int add_value(struct oat_filter_node *node, const struct oat_filter_token *token)
{
    struct oat_filter_value *values = realloc(node->values, (node->value_count + 1) * sizeof *values);
    if (!values)
        return OAT_E_NOMEM;
    node->values = values;
    values[node->value_count++] = (struct oat_filter_value){
        .text = token->text, .quoted = token->kind == OAT_TOKEN_QUOTED, .at = token->at, .len = token->len};
    return OAT_OK;
}

static int parse_value(struct oat_filter_parser *p, struct oat_filter_node *node)
{
    struct oat_filter_token token;
    int result = oat_filter_lex_value(&p->lexer, &token);
    if (result != OAT_OK)
        return result;
    if (token.kind == OAT_TOKEN_WORD || token.kind == OAT_TOKEN_QUOTED)
        return add_value(node, &token);
    oat_filter_unexpected(&p->lexer.source, token.at, token.len);
    oat_filter_expect_value(&p->lexer.source, node->field, node->op);
    return OAT_E_INVALID;
}

/* Values up to the closing bracket. */
static int parse_values(struct oat_filter_parser *p, struct oat_filter_node *node)
{
    unsigned count = 0;
    for (;;) {
        struct oat_filter_token token;
        int result = oat_filter_count_up(p, &count, OAT_FILTER_VALUES_MAX, "values");
        if (result == OAT_OK)
            result = parse_value(p, node);
        if (result == OAT_OK)
            result = oat_filter_lex_value(&p->lexer, &token);
        if (result != OAT_OK || token.kind == OAT_TOKEN_CLOSE)
            return result;
        if (token.kind != OAT_TOKEN_COMMA) {
            oat_filter_unexpected(&p->lexer.source, token.at, token.len);
            oat_filter_expect(&p->lexer.source, ",");
            oat_filter_expect(&p->lexer.source, ")");
            return OAT_E_INVALID;
        }
    }
}

static int refuse_field(struct oat_filter_parser *p)
{
    oat_filter_fail(&p->lexer.source, p->token.at, p->token.len, "no such field");
    oat_filter_suggest(&p->lexer.source, p->token.text);
    return OAT_E_INVALID;
}

static int refuse_operator(struct oat_filter_parser *p, const struct oat_field *field,
                           const struct oat_filter_lookahead *ahead)
{
    oat_filter_unexpected(&p->lexer.source, ahead->mark.at, ahead->mark.len);
    for (enum oat_filter_operator op = OAT_FILTER_EQ; op <= OAT_FILTER_IN; op++)
        if (oat_filter_operator_fits(field->kind, op))
            oat_filter_expect(&p->lexer.source, oat_filter_operator_text(op));
    return OAT_E_INVALID;
}

static int parse_comparison(struct oat_filter_parser *p, struct oat_filter_node *node)
{
    const struct oat_filter_lookahead ahead = oat_filter_look_ahead(p);
    bool list = ahead.op == OAT_FILTER_IN || ahead.op == OAT_FILTER_NOT_IN;
    node->field = oat_field_find(p->token.text.bytes, p->token.text.len, &node->key);
    node->op = ahead.op;
    if (!node->field)
        return refuse_field(p);
    if (!oat_filter_operator_fits(node->field->kind, ahead.op))
        return refuse_operator(p, node->field, &ahead);
    p->lexer = ahead.behind;
    int result = list ? parse_values(p, node) : parse_value(p, node);
    if (result == OAT_OK)
        result = oat_filter_compile(&p->lexer.source, p->now_ns, node);
    return result == OAT_OK ? oat_filter_advance(p) : result;
}

/* ---- Texts sought anywhere -------------------------------------------------------------------------- */

/* Adds to a SEARCH node the comparison of a field with its text. */
static int add_place(struct oat_filter_parser *p, struct oat_filter_node *search, const char *field,
                     enum oat_filter_operator op, const struct oat_filter_token *token)
{
    struct oat_filter_node *place = oat_filter_node_new(p->filter, OAT_FILTER_COMPARE);
    if (!place)
        return OAT_E_NOMEM;
    place->next = search->first_child;
    search->first_child = place;
    place->field = oat_field_find(field, strlen(field), &place->key);
    place->op = op;
    int result = add_value(place, token);
    return result == OAT_OK ? oat_filter_compile(&p->lexer.source, p->now_ns, place) : result;
}

/* True for what may be an id or its beginning: a UUID, or 8 to 32 hex digits. */
static bool looks_like_id(oat_text text)
{
    uint8_t id[16];
    size_t digits = 0;
    while (digits < text.len && isxdigit((unsigned char)text.bytes[digits]))
        digits++;
    return oat_uuid_parse(text.bytes, text.len, id) || (digits == text.len && digits >= 8 && digits <= 32);
}

static int parse_search(struct oat_filter_parser *p, struct oat_filter_node *node)
{
    static const char *const places[] = {"error", "output", "input", "name"};
    const struct oat_filter_token token = p->token;
    int result = add_value(node, &token);
    for (size_t i = 0; i < sizeof places / sizeof *places && result == OAT_OK; i++)
        result = add_place(p, node, places[i], OAT_FILTER_CONTAINS, &token);
    if (result == OAT_OK && looks_like_id(token.text))
        result = add_place(p, node, "trace_id", OAT_FILTER_EQ, &token);
    if (result == OAT_OK && looks_like_id(token.text) && token.text.len <= 16)
        result = add_place(p, node, "span_id", OAT_FILTER_EQ, &token);
    return result == OAT_OK ? oat_filter_advance(p) : result;
}

/* ---- Terms ----------------------------------------------------------------------------------------- */

/* Parses into a new node. */
static int parse_term(struct oat_filter_parser *p, enum oat_filter_node_kind kind,
                      int (*parse)(struct oat_filter_parser *p, struct oat_filter_node *node),
                      struct oat_filter_node **ret)
{
    int result = oat_filter_count_up(p, &p->terms, OAT_FILTER_TERMS_MAX, "terms");
    if (result != OAT_OK)
        return result;
    struct oat_filter_node *node = oat_filter_node_new(p->filter, kind);
    result = node ? parse(p, node) : OAT_E_NOMEM;
    if (result == OAT_OK)
        *ret = node;
    else
        oat_filter_node_free(node);
    return result;
}

int oat_filter_parse_comparison(struct oat_filter_parser *parser, struct oat_filter_node **ret)
{
    return parse_term(parser, OAT_FILTER_COMPARE, parse_comparison, ret);
}

int oat_filter_parse_search(struct oat_filter_parser *parser, struct oat_filter_node **ret)
{
    return parse_term(parser, OAT_FILTER_SEARCH, parse_search, ret);
}
