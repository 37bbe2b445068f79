#include "reader/query_having.h"

#include "format/utf8.h"
#include "reader/filter_lex.h"
#include "reader/filter_number.h"
#include "reader/filter_term.h"

#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1000.0

struct parser {
    struct oat_query_plan *plan;
    struct oat_filter_lexer lexer;
    struct oat_filter_token token; /* the next one */
};

static int advance(struct parser *p)
{
    return oat_filter_lex(&p->lexer, &p->token);
}

/* Says that the next token cannot stand there. */
static int refuse(const struct parser *p, const char *expected)
{
    const struct oat_filter_source *source = &p->lexer.source;
    if (p->token.kind == OAT_TOKEN_END)
        oat_filter_fail(source, p->token.at, 0, "a comparison ends too early");
    else
        oat_filter_unexpected(source, p->token.at, p->token.len);
    oat_filter_expect(source, expected);
    return OAT_E_INVALID;
}

static bool is_colon(const struct parser *p)
{
    return p->token.kind == OAT_TOKEN_OPERATOR && p->token.op == OAT_FILTER_CONTAINS;
}

/* A column: words with colons between them. */
static int parse_column(struct parser *p, unsigned *ret)
{
    const struct oat_filter_source *source = &p->lexer.source;
    size_t begin = p->token.at, end = begin;
    int result = OAT_OK;
    if (p->token.kind != OAT_TOKEN_WORD)
        return refuse(p, "column");
    while (result == OAT_OK && (p->token.kind == OAT_TOKEN_WORD || is_colon(p)) && p->token.at == end) {
        end = p->token.at + p->token.len;
        result = advance(p);
    }
    if (result == OAT_OK && !oat_query_plan_find(p->plan, (oat_text){source->text + begin, end - begin}, ret))
        result = oat_query_plan_no_column(p->plan, source, begin, end - begin);
    return result;
}

/* A number in the column's unit, or with one of its own. */
static int parse_number(struct parser *p, const oat_query_column *column, double *ret)
{
    bool is_duration = column->unit && strcmp(column->unit, "ms") == 0;
    int result = oat_filter_lex_value(&p->lexer, &p->token);
    if (result != OAT_OK)
        return result;
    if (p->token.kind != OAT_TOKEN_WORD ||
        !oat_filter_real_parse(p->token.text, is_duration ? OAT_UNITS_DURATION : OAT_UNITS_NONE, ret))
        return refuse(p, is_duration ? "duration" : "number");
    if (is_duration)
        *ret *= MS_PER_S;
    return advance(p);
}

static int parse_condition(struct parser *p)
{
    struct oat_query_condition condition;
    const struct oat_filter_source *source = &p->lexer.source;
    size_t begin = p->token.at;
    int result = parse_column(p, &condition.column);
    if (result != OAT_OK)
        return result;
    const oat_query_column *column = &p->plan->columns[condition.column];
    if (column->type != OAT_QUERY_INTEGER && column->type != OAT_QUERY_NUMBER)
        return oat_filter_fail(source, begin, p->token.at - begin, "%s is no number: filter by it",
                               column->name);
    if (p->token.kind != OAT_TOKEN_OPERATOR || p->token.op > OAT_FILTER_GE)
        return refuse(p, "= != < <= > >=");
    condition.op = p->token.op;
    result = parse_number(p, column, &condition.value);
    if (result == OAT_OK)
        p->plan->conditions[p->plan->condition_count++] = condition;
    return result;
}

static int parse_all(struct parser *p)
{
    int result = advance(p);
    if (result != OAT_OK || p->token.kind == OAT_TOKEN_END)
        return result;
    result = parse_condition(p);
    while (result == OAT_OK && oat_filter_is_keyword(&p->token, "and")) {
        if (p->plan->condition_count == OAT_QUERY_CONDITIONS_MAX)
            return oat_filter_fail(&p->lexer.source, p->token.at, p->token.len, "at most %u comparisons",
                                   OAT_QUERY_CONDITIONS_MAX);
        result = advance(p);
        if (result == OAT_OK)
            result = parse_condition(p);
    }
    return result == OAT_OK && p->token.kind != OAT_TOKEN_END ? refuse(p, "and") : result;
}

int oat_query_having_parse(struct oat_query_plan *plan, const struct oat_filter_source *source)
{
    struct parser p = {.plan = plan, .lexer.source = *source};
    if (source->len > OAT_FILTER_TEXT_MAX)
        return oat_filter_fail(source, 0, 0, "over %u bytes", OAT_FILTER_TEXT_MAX);
    size_t valid = oat_utf8_valid_prefix(source->text, source->len);
    if (valid < source->len)
        return oat_filter_fail(source, valid, 1, "not UTF-8");
    p.lexer.decoded = malloc(source->len + 1);
    if (!p.lexer.decoded)
        return OAT_E_NOMEM;
    int result = parse_all(&p);
    free(p.lexer.decoded);
    return result;
}

bool oat_query_condition_holds(const struct oat_query_condition *condition, const oat_query_value *value)
{
    double wanted = condition->value;
    if (value->null)
        return false;
    switch (condition->op) {
    case OAT_FILTER_EQ:
        return value->number >= wanted && value->number <= wanted;
    case OAT_FILTER_NE:
        return value->number < wanted || value->number > wanted;
    case OAT_FILTER_LT:
        return value->number < wanted;
    case OAT_FILTER_LE:
        return value->number <= wanted;
    case OAT_FILTER_GT:
        return value->number > wanted;
    default:
        return value->number >= wanted;
    }
}
