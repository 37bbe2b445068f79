#include "reader/filter_lex.h"

#include <string.h>

#include "format/json_escape.h"
#include "format/utf8.h"

static const char *const operators[] = {
    [OAT_FILTER_EQ] = "=",          [OAT_FILTER_NE] = "!=",      [OAT_FILTER_LT] = "<",
    [OAT_FILTER_LE] = "<=",         [OAT_FILTER_GT] = ">",       [OAT_FILTER_GE] = ">=",
    [OAT_FILTER_GLOB] = "~",        [OAT_FILTER_CONTAINS] = ":", [OAT_FILTER_IN] = "in",
    [OAT_FILTER_NOT_IN] = "not in",
};

const char *oat_filter_operator_text(enum oat_filter_operator op)
{
    return operators[op];
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool ends_value(char c)
{
    return is_space(c) || c == '(' || c == ')' || c == ',' || c == '"';
}

/* The mark at the beginning of the text; 0: none. The longer of two that fit. */
static enum oat_filter_operator mark_at(const char *text, size_t len)
{
    enum oat_filter_operator found = 0;
    size_t found_len = 0;
    for (enum oat_filter_operator op = OAT_FILTER_EQ; op <= OAT_FILTER_CONTAINS; op++) {
        size_t mark_len = strlen(operators[op]);
        if (mark_len > found_len && mark_len <= len && memcmp(operators[op], text, mark_len) == 0) {
            found = op;
            found_len = mark_len;
        }
    }
    return found;
}

/* Appends to the decoded text. */
static void keep(struct oat_filter_lexer *lexer, const char *bytes, size_t len)
{
    memcpy(lexer->decoded + lexer->decoded_len, bytes, len);
    lexer->decoded_len += len;
}

/* Decodes quoted text from its quote on. */
static int lex_quoted(struct oat_filter_lexer *lexer)
{
    const struct oat_filter_source *source = &lexer->source;
    const char quote = source->text[lexer->at];
    size_t begin = lexer->at++;
    while (lexer->at < source->len && source->text[lexer->at] != quote) {
        const char *at = source->text + lexer->at;
        size_t left = source->len - lexer->at, taken = 1;
        uint32_t c;
        if (*at != '\\') {
            keep(lexer, at, 1);
        } else if (left > 1 && at[1] == '\'') {
            taken = 2;
            keep(lexer, "'", 1);
        } else {
            taken = oat_json_escape_get(at, left, &c);
            if (taken == 0)
                return oat_filter_fail(source, lexer->at, left > 1 ? 2 : 1,
                                       "no escape: a backslash is written as two");
            lexer->decoded_len += oat_utf8_put(lexer->decoded + lexer->decoded_len, c);
        }
        lexer->at += taken;
    }
    if (lexer->at == source->len) {
        oat_filter_fail(source, begin, source->len - begin, "a quote without its end");
        oat_filter_expect(source, quote == '"' ? "\"" : "'");
        return OAT_E_INVALID;
    }
    lexer->at++;
    return OAT_OK;
}

static bool is_attribute_prefix(const char *word, size_t len)
{
    return (len == 5 && memcmp(word, "attr.", len) == 0) ||
           (len == 11 && memcmp(word, "attributes.", len) == 0);
}

/* A word: everything up to a space, a bracket, a comma, a quote, or (in a term) a mark. The key behind
 * "attr." may be quoted. */
static int lex_word(struct oat_filter_lexer *lexer, bool value)
{
    const char *begin = lexer->source.text + lexer->at, *end = lexer->source.text + lexer->source.len;
    const char *at = begin;
    while (at < end && !ends_value(*at) && (value || mark_at(at, (size_t)(end - at)) == 0))
        at++;
    keep(lexer, begin, (size_t)(at - begin));
    lexer->at += (size_t)(at - begin);
    if (!value && at < end && *at == '"' && is_attribute_prefix(begin, (size_t)(at - begin)))
        return lex_quoted(lexer);
    return OAT_OK;
}

static enum oat_filter_token_kind bracket_kind(char c)
{
    return c == '('   ? OAT_TOKEN_OPEN
           : c == ')' ? OAT_TOKEN_CLOSE
           : c == ',' ? OAT_TOKEN_COMMA
                      : OAT_TOKEN_END;
}

static int lex(struct oat_filter_lexer *lexer, bool value, struct oat_filter_token *ret)
{
    const struct oat_filter_source *source = &lexer->source;
    int result = OAT_OK;
    while (lexer->at < source->len && is_space(source->text[lexer->at]))
        lexer->at++;
    const char *at = source->text + lexer->at;
    struct oat_filter_token token = {.at = (uint32_t)lexer->at};
    const char *decoded = lexer->decoded + lexer->decoded_len;
    if (lexer->at == source->len) {
        token.kind = OAT_TOKEN_END;
    } else if ((token.kind = bracket_kind(*at)) != OAT_TOKEN_END) {
        lexer->at++;
    } else if (*at == '"' || *at == '\'') {
        token.kind = OAT_TOKEN_QUOTED;
        result = lex_quoted(lexer);
    } else if (!value && (token.op = mark_at(at, source->len - lexer->at)) != 0) {
        token.kind = OAT_TOKEN_OPERATOR;
        lexer->at += strlen(operators[token.op]);
    } else {
        token.kind = OAT_TOKEN_WORD;
        result = lex_word(lexer, value);
    }
    if (result != OAT_OK)
        return result;
    token.len = (uint32_t)(lexer->at - token.at);
    token.text = (oat_text){decoded, (size_t)(lexer->decoded + lexer->decoded_len - decoded)};
    *ret = token;
    return OAT_OK;
}

int oat_filter_lex(struct oat_filter_lexer *lexer, struct oat_filter_token *ret)
{
    return lex(lexer, false, ret);
}

int oat_filter_lex_value(struct oat_filter_lexer *lexer, struct oat_filter_token *ret)
{
    return lex(lexer, true, ret);
}
