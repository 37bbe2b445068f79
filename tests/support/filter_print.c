#include "tests/support/filter_print.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/json_write.h"
#include "reader/filter_lex.h"

static void print_quoted(FILE *out, oat_text text)
{
    struct oat_json json = {0};
    oat_json_string(&json, text.bytes, text.len);
    if (json.failed)
        abort();
    fwrite(json.bytes, 1, json.len, out);
    oat_json_free(&json);
}

static void print_field(FILE *out, const struct oat_filter_node *node)
{
    bool plain = node->key.len > 0;
    fputs(node->field->name, out);
    for (size_t i = 0; i < node->key.len; i++)
        plain = plain && !strchr(" \t\n\v\f\r(),\"=<>~:", node->key.bytes[i]);
    if (plain)
        fwrite(node->key.bytes, 1, node->key.len, out);
    else if (node->key.bytes)
        print_quoted(out, node->key);
}

static void print_value(FILE *out, const struct oat_filter_node *node, const struct oat_filter_value *value)
{
    const struct oat_field *field = node->field;
    if (node->test.null)
        fputs("null", out);
    else if (field->kind == OAT_FIELD_ENUM)
        fputs(field->value_name(oat_field_enum_parse(field, value->text.bytes, value->text.len)), out);
    else if (!value->quoted && field->kind >= OAT_FIELD_COUNT && field->kind != OAT_FIELD_PAYLOAD &&
             field->kind != OAT_FIELD_TRACE_ID && field->kind != OAT_FIELD_SPAN_ID)
        fwrite(value->text.bytes, 1, value->text.len, out);
    else
        print_quoted(out, value->text);
}

static void print_comparison(FILE *out, const struct oat_filter_node *node)
{
    bool list = node->op == OAT_FILTER_IN || node->op == OAT_FILTER_NOT_IN;
    print_field(out, node);
    fprintf(out, " %s %s", oat_filter_operator_text(node->op), list ? "(" : "");
    for (size_t i = 0; i < node->value_count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_value(out, node, &node->values[i]);
    }
    fputs(list ? ")" : "", out);
}

static void print_node(FILE *out, const struct oat_filter_node *node)
{
    switch (node->kind) {
    case OAT_FILTER_AND:
    case OAT_FILTER_OR:
        fputc('(', out);
        for (const struct oat_filter_node *child = node->first_child; child; child = child->next) {
            print_node(out, child);
            if (child->next)
                fputs(node->kind == OAT_FILTER_AND ? " and " : " or ", out);
        }
        fputc(')', out);
        break;
    case OAT_FILTER_NOT:
        fputs("not ", out);
        print_node(out, node->first_child);
        break;
    case OAT_FILTER_TRACE_HAS:
        fputs("trace.has(", out);
        print_node(out, node->first_child);
        fputc(')', out);
        break;
    case OAT_FILTER_SEARCH:
        print_quoted(out, node->values[0].text);
        break;
    case OAT_FILTER_COMPARE:
        print_comparison(out, node);
        break;
    }
}

char *oat_filter_print(const struct oat_filter *filter)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        abort();
    if (filter->root)
        print_node(out, filter->root);
    if (fclose(out) != 0)
        abort();
    return text;
}
