/* The grammar:
 *
 *   filter      [ any ]
 *   any         all { "or" all }
 *   all         one { "and" one }
 *   one         "not" one | "(" any ")" | "trace.has" "(" any ")" | comparison | text { text }
 *   comparison  field mark value | field [ "not" ] "in" "(" value { "," value } ")"
 *   text        a word that is no keyword, or quoted text, with no operator behind it */
#include <stdlib.h>
#include <string.h>

#include "format/utf8.h"
#include "reader/filter_term.h"

typedef int parse_function(struct oat_filter_parser *p, struct oat_filter_node **ret);

static parse_function parse_one, parse_all, parse_any;

/* Says that the next token cannot stand there, but these could. */
static int refuse(struct oat_filter_parser *p, const char *const *expected, size_t count)
{
    oat_filter_unexpected(&p->lexer.source, p->token.at, p->token.len);
    for (size_t i = 0; i < count; i++)
        oat_filter_expect(&p->lexer.source, expected[i]);
    return OAT_E_INVALID;
}

/* ---- One behind the other -------------------------------------------------------------------------- */

static bool is_text(const struct oat_filter_token *token)
{
    return token->kind == OAT_TOKEN_QUOTED ||
           (token->kind == OAT_TOKEN_WORD && !oat_filter_is_keyword(token, "and") &&
            !oat_filter_is_keyword(token, "or") && !oat_filter_is_keyword(token, "not"));
}

/* A text sought anywhere comes next. */
static bool begins_search(const struct oat_filter_parser *p)
{
    if (!is_text(&p->token))
        return false;
    const struct oat_filter_lookahead ahead = oat_filter_look_ahead(p);
    return ahead.op == 0 && !ahead.has;
}

/* Parses one item, or several, between which the keyword stands (NULL: none; texts), below a node of
 * this kind. */
static int parse_chain(struct oat_filter_parser *p, enum oat_filter_node_kind kind, const char *keyword,
                       parse_function *item, struct oat_filter_node **ret)
{
    struct oat_filter_node *first, *chain = NULL, **tail;
    int result = item(p, &first);
    if (result != OAT_OK)
        return result;
    for (tail = &first->next; keyword ? oat_filter_is_keyword(&p->token, keyword) : begins_search(p);
         tail = &(*tail)->next) {
        if (!chain) {
            chain = oat_filter_node_new(p->filter, kind);
            if (!chain) {
                oat_filter_node_free(first);
                return OAT_E_NOMEM;
            }
            chain->first_child = first;
        }
        result = keyword ? oat_filter_advance(p) : OAT_OK;
        if (result == OAT_OK)
            result = item(p, tail);
        if (result != OAT_OK) {
            oat_filter_node_free(chain);
            return result;
        }
    }
    *ret = chain ? chain : first;
    return OAT_OK;
}

static int parse_all(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    return parse_chain(p, OAT_FILTER_AND, "and", parse_one, ret);
}

static int parse_any(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    return parse_chain(p, OAT_FILTER_OR, "or", parse_all, ret);
}

/* ---- One ------------------------------------------------------------------------------------------- */

/* Parses what stands behind a word or bracket that was read, a level deeper. */
static int parse_deeper(struct oat_filter_parser *p, parse_function *inside, struct oat_filter_node **ret)
{
    int result = oat_filter_count_up(p, &p->depth, OAT_FILTER_DEPTH_MAX, "levels");
    if (result == OAT_OK)
        result = oat_filter_advance(p);
    if (result == OAT_OK)
        result = inside(p, ret);
    p->depth--;
    return result;
}

/* Parses from the opening bracket to the closing one. */
static int parse_brackets(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    static const char *const expected[] = {"and", "or", ")"};
    struct oat_filter_node *inside = NULL;
    int result = parse_deeper(p, parse_any, &inside);
    if (result == OAT_OK && p->token.kind != OAT_TOKEN_CLOSE)
        result = refuse(p, expected, 3);
    if (result == OAT_OK)
        result = oat_filter_advance(p);
    if (result == OAT_OK)
        *ret = inside;
    else
        oat_filter_node_free(inside);
    return result;
}

static int parse_negated(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    return parse_deeper(p, parse_one, ret);
}

static int parse_has(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    int result = oat_filter_count_up(p, &p->has_count, OAT_FILTER_HAS_MAX, "times trace.has");
    if (result == OAT_OK)
        result = oat_filter_advance(p);
    return result == OAT_OK ? parse_brackets(p, ret) : result;
}

/* Parses below a new node. */
static int parse_below(struct oat_filter_parser *p, enum oat_filter_node_kind kind, parse_function *inside,
                       struct oat_filter_node **ret)
{
    struct oat_filter_node *node = oat_filter_node_new(p->filter, kind);
    int result = node ? inside(p, &node->first_child) : OAT_E_NOMEM;
    if (result == OAT_OK)
        *ret = node;
    else
        oat_filter_node_free(node);
    return result;
}

static int parse_one(struct oat_filter_parser *p, struct oat_filter_node **ret)
{
    static const char *const expected[] = {"field", "text", "not", "("};
    if (oat_filter_is_keyword(&p->token, "not"))
        return parse_below(p, OAT_FILTER_NOT, parse_negated, ret);
    if (p->token.kind == OAT_TOKEN_OPEN)
        return parse_brackets(p, ret);
    if (!is_text(&p->token))
        return refuse(p, expected, 4);
    const struct oat_filter_lookahead ahead = oat_filter_look_ahead(p);
    if (ahead.has)
        return parse_below(p, OAT_FILTER_TRACE_HAS, parse_has, ret);
    if (ahead.op)
        return oat_filter_parse_comparison(p, ret);
    return parse_chain(p, OAT_FILTER_AND, NULL, oat_filter_parse_search, ret);
}

/* ---- All ------------------------------------------------------------------------------------------- */

static int check_text(const struct oat_filter_source *source)
{
    if (source->len > OAT_FILTER_TEXT_MAX)
        return oat_filter_fail(source, 0, 0, "over %u bytes", OAT_FILTER_TEXT_MAX);
    size_t valid = oat_utf8_valid_prefix(source->text, source->len);
    return valid == source->len ? OAT_OK : oat_filter_fail(source, valid, 1, "not UTF-8");
}

static int parse_filter(struct oat_filter_parser *p)
{
    static const char *const expected[] = {"and", "or"};
    const struct oat_filter_source *source = &p->lexer.source;
    int result = check_text(source);
    if (result != OAT_OK)
        return result;
    p->filter->text = p->lexer.decoded = malloc(source->len + 1);
    if (!p->filter->text)
        return OAT_E_NOMEM;
    result = oat_filter_advance(p);
    if (result != OAT_OK || p->token.kind == OAT_TOKEN_END)
        return result;
    result = parse_any(p, &p->filter->root);
    if (result == OAT_OK && p->token.kind != OAT_TOKEN_END)
        result = refuse(p, expected, 2);
    if (result == OAT_OK)
        oat_filter_set_costs(p->filter->root);
    return result;
}

int oat_filter_parse(const char *text, size_t len, uint64_t now_ns, oat_filter **ret_filter,
                     oat_filter_error *ret_error)
{
    oat_filter_error error = {.column = 1};
    struct oat_filter *filter = calloc(1, sizeof *filter);
    if (!filter)
        return OAT_E_NOMEM;
    struct oat_filter_parser p = {.lexer.source = {text, len, &error}, .filter = filter, .now_ns = now_ns};
    int result = parse_filter(&p);
    if (result == OAT_OK) {
        *ret_filter = filter;
        return OAT_OK;
    }
    oat_filter_free(filter);
    if (result == OAT_E_INVALID && ret_error)
        *ret_error = error;
    return result;
}
