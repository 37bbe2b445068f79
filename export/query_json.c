#include "export/query_json.h"

#include <string.h>

#include "export/payload_json.h"

#define NS_DIGITS 9

static const char *type_name(enum oat_query_type type)
{
    switch (type) {
    case OAT_QUERY_TEXT:
        return "text";
    case OAT_QUERY_INTEGER:
        return "integer";
    case OAT_QUERY_NUMBER:
        return "number";
    case OAT_QUERY_TIME:
        return "time";
    case OAT_QUERY_ATTRIBUTE:
        break;
    }
    return "any";
}

void oat_json_query_value(struct oat_json *json, const oat_query_column *column, const oat_query_value *value)
{
    if (value->null) {
        oat_json_null(json);
        return;
    }
    switch (column->type) {
    case OAT_QUERY_TEXT:
        oat_json_string(json, value->text.bytes, value->text.len);
        break;
    case OAT_QUERY_INTEGER:
        oat_json_int(json, value->integer);
        break;
    case OAT_QUERY_NUMBER:
        oat_json_double(json, value->number);
        break;
    case OAT_QUERY_TIME:
        oat_json_fixed(json, value->integer, NS_DIGITS);
        break;
    case OAT_QUERY_ATTRIBUTE:
        oat_json_attr_value(json, (const uint8_t *)value->text.bytes, value->text.len);
        break;
    }
}

static void put_column(struct oat_json *json, const oat_query_column *column)
{
    oat_json_object_begin(json);
    oat_json_key(json, "name");
    oat_json_string(json, column->name, strlen(column->name));
    oat_json_key(json, "type");
    oat_json_cstring(json, type_name(column->type));
    oat_json_key(json, "unit");
    if (column->unit)
        oat_json_cstring(json, column->unit);
    else
        oat_json_null(json);
    oat_json_object_end(json);
}

/* One value a column. */
static void put_row(struct oat_json *json, const oat_query_result *result, const oat_query_value *row)
{
    oat_json_array_begin(json);
    for (size_t i = 0; i < result->column_count; i++)
        oat_json_query_value(json, &result->columns[i], &row[i]);
    oat_json_array_end(json);
}

void oat_json_query_result(struct oat_json *json, const oat_query_result *result)
{
    oat_json_object_begin(json);
    oat_json_key(json, "columns");
    oat_json_array_begin(json);
    for (size_t i = 0; i < result->column_count; i++)
        put_column(json, &result->columns[i]);
    oat_json_array_end(json);
    oat_json_key(json, "rows");
    oat_json_array_begin(json);
    for (size_t i = 0; i < result->row_count; i++)
        put_row(json, result, result->values + i * result->column_count);
    oat_json_array_end(json);
    oat_json_key(json, "totals");
    put_row(json, result, result->totals);
    oat_json_key(json, "approximate");
    oat_json_array_begin(json);
    for (size_t i = 0; i < result->column_count; i++)
        if (result->columns[i].approximate)
            oat_json_cstring(json, result->columns[i].name);
    oat_json_array_end(json);
    oat_json_key(json, "groups");
    oat_json_uint(json, result->group_count);
    oat_json_key(json, "spans");
    oat_json_uint(json, result->span_count);
    oat_json_key(json, "partial");
    oat_json_bool(json, result->partial);
    oat_json_object_end(json);
}
