#include "httpd/otlp_answer.h"

#include <string.h>

#include "format/utf8.h"

#define KEY(number, wire) ((number) << 3 | (wire))

enum { VARINT = 0, BYTES = 2 }; /* wire types */

static size_t put_varint(uint8_t *to, uint64_t value)
{
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        to[len++] = (uint8_t)(value | 0x80);
    to[len++] = (uint8_t)value;
    return len;
}

/* A string field; its number is below 16. */
static size_t put_string(uint8_t *to, unsigned number, const char *text)
{
    size_t len = strlen(text);
    to[0] = (uint8_t)KEY(number, BYTES);
    size_t at = 1 + put_varint(to + 1, len);
    memcpy(to + at, text, len);
    return at + len;
}

#define MESSAGE_FIELD_MAX (sizeof((struct oat_answer){0}.message) + 3)

static void put_export_proto(struct oat_answer *answer, uint64_t rejected)
{
    uint8_t partial[MESSAGE_FIELD_MAX + 11], head[11];
    size_t len = 0;
    if (rejected > 0) {
        partial[len++] = KEY(1, VARINT);
        len += put_varint(partial + len, rejected);
    }
    len += put_string(partial + len, 2, answer->message);
    head[0] = KEY(1, BYTES);
    size_t head_len = 1 + put_varint(head + 1, len);
    oat_json_raw(&answer->body, (const char *)head, head_len);
    oat_json_raw(&answer->body, (const char *)partial, len);
}

static void put_export_json(struct oat_json *json, uint64_t rejected, const char *message)
{
    oat_json_key(json, "partialSuccess");
    oat_json_object_begin(json);
    if (rejected > 0) {
        oat_json_key(json, "rejectedSpans");
        oat_json_int_string(json, (int64_t)rejected);
    }
    oat_json_key(json, "errorMessage");
    oat_json_cstring(json, message);
    oat_json_object_end(json);
}

/* Both encodings want UTF-8; the message may quote what the client sent, cut anywhere. */
static void set_message(struct oat_answer *answer, const char *message)
{
    size_t len = strlen(message);
    len = len < sizeof answer->message ? len : sizeof answer->message - 1;
    memmove(answer->message, message, len);
    answer->message[len] = '\0';
    if (!oat_utf8_is_valid(answer->message, len))
        for (char *c = answer->message; *c; c++)
            if ((unsigned char)*c >= 0x80)
                *c = '?';
}

void oat_otlp_answer_export(struct oat_answer *answer, bool json, uint64_t rejected, const char *message)
{
    bool whole = rejected == 0 && *message == '\0';
    set_message(answer, message);
    answer->content_type = json ? OAT_CONTENT_JSON : OAT_CONTENT_PROTO;
    if (json) {
        oat_json_object_begin(&answer->body);
        if (!whole)
            put_export_json(&answer->body, rejected, answer->message);
        oat_json_object_end(&answer->body);
    } else if (!whole) {
        put_export_proto(answer, rejected);
    }
}

void oat_otlp_answer_status(struct oat_answer *answer, bool json)
{
    uint8_t status[MESSAGE_FIELD_MAX];
    set_message(answer, answer->message);
    answer->gzip = false;
    answer->content_type = json ? OAT_CONTENT_JSON : OAT_CONTENT_PROTO;
    oat_json_clear(&answer->body);
    if (!json) {
        oat_json_raw(&answer->body, (const char *)status, put_string(status, 2, answer->message));
        return;
    }
    oat_json_object_begin(&answer->body);
    oat_json_key(&answer->body, "message");
    oat_json_cstring(&answer->body, answer->message);
    oat_json_object_end(&answer->body);
}
