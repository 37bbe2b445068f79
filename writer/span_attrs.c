/* Attributes of a running span: collected beside its record, without the secrets in them. */
#include "redact/value.h"
#include "writer/thread.h"
#include "writer/writer.h"

#include <string.h>

static void set_attr(oat_span *span, const char *key, size_t key_len, const oat_value *value, bool inherited)
{
    oat_thread *thread = key && value ? oat_enter_span(span) : NULL;
    if (!thread)
        return;
    struct oat_redact_scratch scratch = {&thread->writer->tracer->redaction, &thread->redact_ids, NULL};
    oat_attr attr = {key, key_len == OAT_NUL ? strlen(key) : key_len, *value};
    int st = oat_redact_any(scratch.rules) ? oat_redact_attr(&scratch, &attr) : OAT_OK;
    if (st == OAT_OK)
        st = oat_attr_buffer_set(&span->attrs, key, attr.key_len, &attr.value, inherited);
    oat_redact_scratch_free(&scratch);
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    oat_leave(thread);
}

void oat_span_set_attr(oat_span *span, const char *key, size_t key_len, const oat_value *value)
{
    set_attr(span, key, key_len, value, false);
}

void oat_span_set_context_attr(oat_span *span, const char *key, size_t key_len, const oat_value *value)
{
    set_attr(span, key, key_len, value, true);
}

void oat_span_set_attr_string(oat_span *span, const char *key, const char *value)
{
    oat_value v = {.type = value ? OAT_VALUE_STRING : OAT_VALUE_NULL,
                   .len = value ? strlen(value) : 0,
                   .u.string = value};
    set_attr(span, key, OAT_NUL, &v, false);
}

void oat_span_set_attr_int(oat_span *span, const char *key, int64_t value)
{
    oat_value v = {.type = OAT_VALUE_INT, .u.integer = value};
    set_attr(span, key, OAT_NUL, &v, false);
}

void oat_span_set_attr_double(oat_span *span, const char *key, double value)
{
    oat_value v = {.type = OAT_VALUE_DOUBLE, .u.real = value};
    set_attr(span, key, OAT_NUL, &v, false);
}

void oat_span_set_attr_bool(oat_span *span, const char *key, bool value)
{
    oat_value v = {.type = OAT_VALUE_BOOL, .u.boolean = value};
    set_attr(span, key, OAT_NUL, &v, false);
}
