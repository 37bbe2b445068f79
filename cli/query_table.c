#include "cli/query_table.h"

#include "cli/style.h"
#include "cli/text.h"
#include "cli/units.h"
#include "export/query_json.h"
#include "format/attrs.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_WIDTH_MAX 40u
#define COLUMNS_MAX    64u /* more than a query can have */
#define NS_PER_S       INT64_C(1000000000)
#define NS_PER_MS      1e6
#define NANO           1e9

/* A cell as it is printed; `text` is borrowed from the value or from `bytes`. */
struct cell {
    oat_text text;
    char bytes[64];
};

/* How much of a time is shown: what the finest one of its column needs. */
enum precision { DAYS, MINUTES, SECONDS, NANOSECONDS };

struct layout {
    const oat_query_result *result;
    size_t widths[COLUMNS_MAX];
    enum precision precisions[COLUMNS_MAX];
    struct oat_json json; /* for values that have no other form */
};

static bool is_text(const oat_query_column *column)
{
    return column->type == OAT_QUERY_TEXT || column->type == OAT_QUERY_ATTRIBUTE;
}

/* ---- Cells -------------------------------------------------------------------------------------- */

static enum precision precision_of(int64_t ns)
{
    return ns % NS_PER_S != 0             ? NANOSECONDS
           : ns % (60 * NS_PER_S) != 0    ? SECONDS
           : ns % (86400 * NS_PER_S) != 0 ? MINUTES
                                          : DAYS;
}

static void format_time(int64_t ns, enum precision precision, char *ret, size_t size)
{
    time_t seconds = (time_t)(ns / NS_PER_S);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t len = strftime(ret, size, "%Y-%m-%d", &utc);
    if (precision >= MINUTES)
        len += strftime(ret + len, size - len, " %H:%M", &utc);
    if (precision >= SECONDS)
        len += strftime(ret + len, size - len, ":%S", &utc);
    if (precision == NANOSECONDS)
        snprintf(ret + len, size - len, ".%09" PRId64, ns % NS_PER_S);
}

static bool has_unit(const oat_query_column *column, const char *unit)
{
    return column->unit && strcmp(column->unit, unit) == 0;
}

static void format_number(const oat_query_column *column, double number, char *ret, size_t size)
{
    char unit[OAT_UNIT_SIZE];
    if (has_unit(column, "ms") && number >= 0 && number * NS_PER_MS < (double)INT64_MAX)
        snprintf(ret, size, "%s", oat_duration_text((uint64_t)llround(number * NS_PER_MS), unit));
    else if (has_unit(column, "USD") && fabs(number * NANO) < (double)INT64_MAX)
        snprintf(ret, size, "%s", oat_cost_text(llround(number * NANO), unit));
    else
        snprintf(ret, size, has_unit(column, "1/s") ? "%.4g/s" : "%.4g", number);
}

/* An attribute: text as it is, anything else as JSON. */
static oat_text attribute_text(struct layout *l, const oat_query_column *column, const oat_query_value *value)
{
    struct oat_attr_cursor cursor = {
        .bytes = (const uint8_t *)value->text.bytes, .len = value->text.len, .left = 1};
    struct oat_attr_value decoded;
    if (oat_values_next(&cursor, &decoded) && decoded.type == OAT_VALUE_STRING)
        return (oat_text){(const char *)decoded.bytes, decoded.len};
    oat_json_clear(&l->json);
    oat_json_query_value(&l->json, column, value);
    return (oat_text){l->json.bytes, l->json.len};
}

static void format_cell(struct layout *l, size_t number, const oat_query_value *value, struct cell *ret)
{
    const oat_query_column *column = &l->result->columns[number];
    snprintf(ret->bytes, sizeof ret->bytes, "-");
    ret->text = (oat_text){NULL, 0};
    if (value->null)
        ;
    else if (column->type == OAT_QUERY_TEXT)
        ret->text = value->text;
    else if (column->type == OAT_QUERY_ATTRIBUTE)
        ret->text = attribute_text(l, column, value);
    else if (column->type == OAT_QUERY_TIME)
        format_time(value->integer, l->precisions[number], ret->bytes, sizeof ret->bytes);
    else if (column->type == OAT_QUERY_INTEGER)
        snprintf(ret->bytes, sizeof ret->bytes, "%" PRId64, value->integer);
    else
        format_number(column, value->number, ret->bytes, sizeof ret->bytes);
    if (!ret->text.bytes)
        ret->text = (oat_text){ret->bytes, strlen(ret->bytes)};
}

/* ---- The table ---------------------------------------------------------------------------------- */

static void print_cell(const struct layout *l, size_t column, oat_text text)
{
    const oat_query_column *of = &l->result->columns[column];
    bool left = is_text(of) || of->type == OAT_QUERY_TIME, last = column + 1 == l->result->column_count;
    size_t width = l->widths[column], columns = oat_text_columns(text.bytes, text.len);
    size_t used = columns < width ? columns : width;
    if (!left)
        oat_print_spaces(stdout, width - used);
    oat_print_text(stdout, text.bytes, text.len, width);
    if (left && !last)
        oat_print_spaces(stdout, width - used);
    fputs(last ? "\n" : "  ", stdout);
}

static void print_row(struct layout *l, const oat_query_value *row)
{
    struct cell cell;
    for (size_t i = 0; i < l->result->column_count; i++) {
        format_cell(l, i, &row[i], &cell);
        print_cell(l, i, cell.text);
    }
}

static void print_header(const struct layout *l)
{
    for (size_t i = 0; i < l->result->column_count; i++)
        print_cell(l, i, (oat_text){l->result->columns[i].name, strlen(l->result->columns[i].name)});
}

/* The totals, when there are groups that they are of. */
static void print_totals(const struct oat_cli *cli, struct layout *l)
{
    struct cell cell;
    if (!l->result->columns[0].grouped || l->result->group_count < 2)
        return;
    oat_style(cli, OAT_DIM);
    for (size_t i = 0; i < l->result->column_count; i++) {
        format_cell(l, i, &l->result->totals[i], &cell);
        bool grouped = l->result->columns[i].grouped;
        print_cell(l, i, i == 0 ? (oat_text){"total", 5} : grouped ? (oat_text){"", 0} : cell.text);
    }
    oat_style(cli, OAT_PLAIN);
}

static void print_notes(const struct oat_cli *cli, const oat_query_result *result)
{
    const char *before = "";
    oat_style(cli, OAT_DIM);
    if (result->row_count < result->group_count)
        printf("%" PRIu64 " more rows; --limit shows more\n", result->group_count - result->row_count);
    for (size_t i = 0; i < result->column_count; i++)
        if (result->columns[i].approximate) {
            printf("%s%s", before, result->columns[i].name);
            before = ", ";
        }
    if (*before)
        puts(": within 1 %");
    oat_style(cli, OAT_PLAIN);
}

static void measure(struct layout *l, const oat_query_value *row, bool totals)
{
    struct cell cell;
    for (size_t i = 0; i < l->result->column_count; i++) {
        if (totals && l->result->columns[i].grouped)
            continue;
        format_cell(l, i, &row[i], &cell);
        size_t width = oat_text_columns(cell.text.bytes, cell.text.len);
        l->widths[i] = width > l->widths[i] ? width : l->widths[i];
    }
}

/* Hours at midnight are hours all the same; days are days. */
static enum precision precision_of_column(const oat_query_result *result, size_t column)
{
    enum precision finest = strcmp(result->columns[column].name, "day") == 0 ? DAYS : MINUTES;
    for (size_t i = 0; i < result->row_count; i++) {
        const oat_query_value *value = &result->values[i * result->column_count + column];
        if (!value->null && precision_of(value->integer) > finest)
            finest = precision_of(value->integer);
    }
    return finest;
}

static void measure_all(struct layout *l)
{
    const oat_query_result *result = l->result;
    for (size_t i = 0; i < result->column_count; i++) {
        l->widths[i] = oat_text_columns(result->columns[i].name, strlen(result->columns[i].name));
        if (result->columns[i].type == OAT_QUERY_TIME)
            l->precisions[i] = precision_of_column(result, i);
    }
    for (size_t i = 0; i < result->row_count; i++)
        measure(l, result->values + i * result->column_count, false);
    measure(l, result->totals, true);
    for (size_t i = 0; i < result->column_count; i++)
        if (is_text(&result->columns[i]) && l->widths[i] > TEXT_WIDTH_MAX)
            l->widths[i] = TEXT_WIDTH_MAX;
}

int oat_print_query(const struct oat_cli *cli, const oat_query_result *result)
{
    struct layout l = {.result = result};
    if (result->row_count == 0) {
        puts("no spans");
        return OAT_OK;
    }
    measure_all(&l);
    oat_style(cli, OAT_DIM);
    print_header(&l);
    oat_style(cli, OAT_PLAIN);
    for (size_t i = 0; i < result->row_count; i++)
        print_row(&l, result->values + i * result->column_count);
    print_totals(cli, &l);
    print_notes(cli, result);
    bool failed = l.json.failed;
    oat_json_free(&l.json);
    return failed ? OAT_E_NOMEM : OAT_OK;
}

/* ---- CSV ---------------------------------------------------------------------------------------- */

/* Texts, and attributes that are texts, as they are; numbers as in JSON; nothing for null. */
static void print_csv_value(const struct oat_cli *cli, struct layout *l, const oat_query_column *column,
                            const oat_query_value *value)
{
    if (value->null)
        return;
    oat_text text = value->text;
    if (column->type == OAT_QUERY_ATTRIBUTE)
        text = attribute_text(l, column, value);
    if (is_text(column)) {
        oat_print_csv(stdout, text.bytes, text.len, cli->raw);
        return;
    }
    oat_json_clear(&l->json);
    oat_json_query_value(&l->json, column, value);
    fwrite(l->json.bytes, 1, l->json.len, stdout);
}

int oat_print_query_csv(const struct oat_cli *cli, const oat_query_result *result)
{
    struct layout l = {.result = result};
    for (size_t i = 0; i < result->column_count; i++) {
        oat_print_csv(stdout, result->columns[i].name, strlen(result->columns[i].name), cli->raw);
        fputc(i + 1 < result->column_count ? ',' : '\n', stdout);
    }
    for (size_t i = 0; i < result->row_count * result->column_count; i++) {
        size_t column = i % result->column_count;
        print_csv_value(cli, &l, &result->columns[column], &result->values[i]);
        fputc(column + 1 < result->column_count ? ',' : '\n', stdout);
    }
    bool failed = l.json.failed;
    oat_json_free(&l.json);
    return failed ? OAT_E_NOMEM : OAT_OK;
}
