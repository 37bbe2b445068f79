#include "writer/span_note.h"
#include "writer/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void oat_span_note_value(oat_thread *thread, oat_span *span, const char *key, const oat_value *value)
{
    int st = oat_attr_buffer_set(&span->attrs, key, strlen(key), value, false);
    if (st != OAT_OK)
        oat_count_drop(thread, st);
    span->noted = true;
}

void oat_span_unnote(oat_span *span, const char *key)
{
    if (span->noted)
        oat_attr_buffer_remove(&span->attrs, key, strlen(key));
}

void oat_span_note(oat_thread *thread, oat_span *span, const char *key, const char *text, size_t len)
{
    oat_value value = {.type = OAT_VALUE_STRING, .len = len, .u.string = text};
    oat_span_note_value(thread, span, key, &value);
}

void oat_span_note_number(oat_thread *thread, oat_span *span, const char *key, uint64_t number)
{
    if (number <= INT64_MAX) {
        oat_value value = {.type = OAT_VALUE_INT, .u.integer = (int64_t)number};
        oat_span_note_value(thread, span, key, &value);
        return;
    }
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, number);
    oat_span_note(thread, span, key, text, (size_t)len);
}
