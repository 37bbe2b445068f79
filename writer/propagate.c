/* W3C Trace Context and X-Trace-ID. */
#include "oat/oat.h"

#include "format/ids.h"

#include <string.h>

#define TRACEPARENT_LEN 55u
#define TRACE_AT        3u
#define SPAN_AT         36u
#define FLAGS_AT        53u

void oat_traceparent_inject(const oat_span_context *context, char ret[OAT_TRACEPARENT_SIZE])
{
    memcpy(ret, "00-", 3);
    oat_hex_print(context->trace_id, 16, ret + TRACE_AT);
    ret[SPAN_AT - 1] = '-';
    oat_hex_print(context->span_id, 8, ret + SPAN_AT);
    ret[FLAGS_AT - 1] = '-';
    oat_hex_print(&context->trace_flags, 1, ret + FLAGS_AT);
}

/* The recommendation allows lowercase hex digits only. */
static bool lower_hex_parse(const char *text, size_t count, uint8_t *ret)
{
    for (size_t i = 0; i < 2 * count; i++)
        if (text[i] >= 'A' && text[i] <= 'F')
            return false;
    return oat_hex_parse(text, 2 * count, ret, count);
}

int oat_traceparent_extract(const char *value, size_t len, oat_span_context *ret)
{
    oat_span_context context = {.remote = true};
    uint8_t version;
    if (!value)
        return OAT_E_INVALID;
    if (len == OAT_NUL)
        len = strlen(value);
    /* Version 00 has exactly these characters; a later one may go on behind another '-'. */
    if (len < TRACEPARENT_LEN || !lower_hex_parse(value, 1, &version) || version == 0xff ||
        (version == 0 && len != TRACEPARENT_LEN) || (len > TRACEPARENT_LEN && value[TRACEPARENT_LEN] != '-'))
        return OAT_E_INVALID;
    if (value[TRACE_AT - 1] != '-' || value[SPAN_AT - 1] != '-' || value[FLAGS_AT - 1] != '-' ||
        !lower_hex_parse(value + TRACE_AT, 16, context.trace_id) ||
        !lower_hex_parse(value + SPAN_AT, 8, context.span_id) ||
        !lower_hex_parse(value + FLAGS_AT, 1, &context.trace_flags))
        return OAT_E_INVALID;
    if (oat_id_is_zero(context.trace_id, 16) || oat_id_is_zero(context.span_id, 8))
        return OAT_E_INVALID;
    *ret = context;
    return OAT_OK;
}

void oat_x_trace_id_inject(const oat_span_context *context, char ret[OAT_TRACE_HEX_SIZE])
{
    oat_hex_print(context->trace_id, 16, ret);
}

int oat_x_trace_id_extract(const char *value, size_t len, oat_span_context *ret)
{
    oat_span_context context = {.remote = true};
    if (!value)
        return OAT_E_INVALID;
    int st = oat_trace_id_of_text(value, len == OAT_NUL ? strlen(value) : len, context.trace_id);
    if (st == OAT_OK)
        *ret = context;
    return st;
}
