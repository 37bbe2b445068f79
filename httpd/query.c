#include "httpd/query.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/utf8.h"
#include "httpd/log.h"
#include "reader/filter_number.h"

#define NS_DIGITS 9u

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t oat_percent_decode(const char *text, size_t len, bool plus_is_space, char *dst)
{
    size_t n = 0;
    for (size_t at = 0; at < len; at++) {
        char c = text[at];
        if (c == '%') {
            int high = at + 1 < len ? hex_digit(text[at + 1]) : -1;
            int low = at + 2 < len ? hex_digit(text[at + 2]) : -1;
            if (high < 0 || low < 0)
                return SIZE_MAX;
            c = (char)(high << 4 | low);
            at += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return SIZE_MAX;
        dst[n++] = c;
    }
    dst[n] = '\0';
    return oat_utf8_is_valid(dst, n) ? n : SIZE_MAX;
}

/* parameter: text from outside. */
__attribute__((format(printf, 3, 4))) static bool fail(struct oat_query_error *error, const char *parameter,
                                                       const char *format, ...)
{
    va_list args;
    oat_log_quote(parameter, error->parameter, sizeof error->parameter);
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return false;
}

/* Decodes one `name=value` to *dst and moves it behind. */
static bool add_param(struct oat_query *query, const char *text, size_t len, char **dst,
                      struct oat_query_error *error)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;

    if (query->count == OAT_QUERY_PARAMS_MAX)
        return fail(error, "", "the query has more than %u parameters", OAT_QUERY_PARAMS_MAX);
    char *name = *dst;
    size_t n = oat_percent_decode(text, name_len, true, name);
    if (n == SIZE_MAX)
        return fail(error, "", "the name of parameter %zu is not valid percent-encoded UTF-8",
                    query->count + 1);
    if (oat_query_get(query, name, NULL))
        return fail(error, name, "parameter is given twice");

    char *value = name + n + 1;
    size_t value_len = equals ? oat_percent_decode(equals + 1, len - name_len - 1, true, value) : 0;
    if (value_len == SIZE_MAX)
        return fail(error, name, "value is not valid percent-encoded UTF-8");
    value[value_len] = '\0';
    query->params[query->count].name = name;
    query->params[query->count].value = value;
    query->params[query->count].value_len = value_len;
    query->count++;
    *dst = value + value_len + 1;
    return true;
}

bool oat_query_parse(const char *text, size_t len, struct oat_query *ret, struct oat_query_error *ret_error)
{
    char *dst = ret->text;
    ret->count = 0;
    if (len > OAT_QUERY_LEN_MAX)
        return fail(ret_error, "", "the query has %zu bytes, more than %u", len, OAT_QUERY_LEN_MAX);
    for (const char *end = text + len; text < end;) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        const char *param_end = ampersand ? ampersand : end;
        if (param_end > text && !add_param(ret, text, (size_t)(param_end - text), &dst, ret_error))
            return false;
        text = ampersand ? ampersand + 1 : end;
    }
    return true;
}

bool oat_query_only(const struct oat_query *query, const char *const *names,
                    struct oat_query_error *ret_error)
{
    for (size_t i = 0; i < query->count; i++) {
        const char *const *name = names;
        while (*name && strcmp(*name, query->params[i].name) != 0)
            name++;
        if (*name)
            continue;
        char known[150] = "";
        for (name = names; *name; name++) {
            size_t used = strlen(known);
            snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", *name);
        }
        return fail(ret_error, query->params[i].name, "unknown parameter; known here: %s",
                    *known ? known : "none");
    }
    return true;
}

const char *oat_query_get(const struct oat_query *query, const char *name, size_t *ret_len)
{
    for (size_t i = 0; i < query->count; i++) {
        if (strcmp(query->params[i].name, name) != 0)
            continue;
        if (ret_len)
            *ret_len = query->params[i].value_len;
        return query->params[i].value;
    }
    return NULL;
}

bool oat_query_number(const struct oat_query *query, const char *name, uint64_t min, uint64_t max,
                      uint64_t *ret, struct oat_query_error *ret_error)
{
    size_t len;
    const char *value = oat_query_get(query, name, &len);
    if (!value)
        return true;
    if (len > 0 && len <= 19 && strspn(value, "0123456789") == len) {
        uint64_t number = strtoull(value, NULL, 10);
        if (number >= min && number <= max) {
            *ret = number;
            return true;
        }
    }
    char found[40];
    return fail(ret_error, name, "expected a number from %" PRIu64 " to %" PRIu64 ", found \"%s\"", min, max,
                oat_log_quote(value, found, sizeof found));
}

bool oat_query_time(const struct oat_query *query, const char *name, uint64_t now_ns, uint64_t *ret,
                    struct oat_query_error *ret_error)
{
    size_t len;
    char found[40];
    struct oat_filter_number time;
    const char *value = oat_query_get(query, name, &len);
    if (!value)
        return true;
    if (oat_filter_time_parse((oat_text){value, len}, now_ns, &time) && time.floor > 0) {
        *ret = (uint64_t)time.floor;
        return true;
    }
    return fail(ret_error, name,
                "expected a time: -24h, 2026-11-22, 2026-11-22T16:00Z or seconds since 1970, found \"%s\"",
                oat_log_quote(value, found, sizeof found));
}

bool oat_query_duration(const struct oat_query *query, const char *name, uint64_t *ret,
                        struct oat_query_error *ret_error)
{
    size_t len;
    char found[40];
    struct oat_filter_number duration;
    const char *value = oat_query_get(query, name, &len);
    if (!value)
        return true;
    if (oat_filter_number_parse((oat_text){value, len}, OAT_UNITS_DURATION, NS_DIGITS, &duration) &&
        duration.floor > 0 && duration.floor < INT64_MAX) {
        *ret = (uint64_t)duration.floor;
        return true;
    }
    return fail(ret_error, name, "expected a duration: 30s, 5m, 1h, 1d, found \"%s\"",
                oat_log_quote(value, found, sizeof found));
}

bool oat_query_bool(const struct oat_query *query, const char *name, bool *ret,
                    struct oat_query_error *ret_error)
{
    const char *value = oat_query_get(query, name, NULL);
    if (!value)
        return true;
    bool is_true = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
    if (is_true || strcmp(value, "false") == 0 || strcmp(value, "0") == 0) {
        *ret = is_true;
        return true;
    }
    char found[40];
    return fail(ret_error, name, "expected true or false, found \"%s\"",
                oat_log_quote(value, found, sizeof found));
}
