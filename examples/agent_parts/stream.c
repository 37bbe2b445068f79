#include "examples/agent_parts/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES (1 << 20)
#define BODY_MAX_BYTES 4000
#define TOOL_CALLS_MAX 32

uint64_t agent_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

bool agent_stream_init(struct agent_stream *stream)
{
    *stream = (struct agent_stream){0};
    stream->body = calloc(1, BODY_MAX_BYTES + 1);
    stream->message = json_pack("{s:s, s:n}", "role", "assistant", "content");
    return stream->body && stream->message;
}

void agent_stream_free(struct agent_stream *stream)
{
    free(stream->line);
    free(stream->body);
    json_decref(stream->message);
    json_decref(stream->usage);
}

/* object[key] += text. */
static void append_text(json_t *object, const char *key, const char *text)
{
    const char *so_far = json_string_value(json_object_get(object, key));
    if (text)
        json_object_set_new(object, key, json_sprintf("%s%s", so_far ? so_far : "", text));
}

/* The call that a piece belongs to: they come with an index, and only the first has id and name. */
static json_t *tool_call_at(json_t *message, size_t index)
{
    json_t *calls = json_object_get(message, "tool_calls");
    if (!calls) {
        calls = json_array();
        json_object_set_new(message, "tool_calls", calls);
    }
    while (json_array_size(calls) <= index)
        json_array_append_new(calls, json_pack("{s:s, s:s, s:{s:s, s:s}}", "id", "", "type", "function",
                                               "function", "name", "", "arguments", ""));
    return json_array_get(calls, index);
}

static void take_tool_calls(struct agent_stream *stream, const json_t *pieces)
{
    for (size_t i = 0; i < json_array_size(pieces); i++) {
        const json_t *piece = json_array_get(pieces, i);
        json_int_t index = json_integer_value(json_object_get(piece, "index"));
        if (index < 0 || index >= TOOL_CALLS_MAX)
            continue;
        json_t *call = tool_call_at(stream->message, (size_t)index);
        json_t *to = json_object_get(call, "function"), *from = json_object_get(piece, "function");
        append_text(call, "id", json_string_value(json_object_get(piece, "id")));
        append_text(to, "name", json_string_value(json_object_get(from, "name")));
        append_text(to, "arguments", json_string_value(json_object_get(from, "arguments")));
    }
}

static void copy_text(char *dst, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text) {
        strncpy(dst, text, size - 1);
        dst[size - 1] = '\0';
    }
}

static void take_event(struct agent_stream *stream, const char *text, size_t len)
{
    json_t *event = json_loadb(text, len, 0, NULL); /* "[DONE]" is no object, and ignored */
    const json_t *usage = json_object_get(event, "usage");
    const json_t *choice = json_array_get(json_object_get(event, "choices"), 0);
    const json_t *delta = json_object_get(choice, "delta");
    const char *content = json_string_value(json_object_get(delta, "content"));
    const json_t *calls = json_object_get(delta, "tool_calls");

    copy_text(stream->id, sizeof stream->id, event, "id");
    copy_text(stream->model, sizeof stream->model, event, "model");
    copy_text(stream->finish_reason, sizeof stream->finish_reason, choice, "finish_reason");
    /* The first piece often has only the role: the first token is the first with something in it. */
    if (stream->first_token_us == 0 && ((content && *content) || json_array_size(calls) > 0))
        stream->first_token_us = agent_now_us();
    append_text(stream->message, "content", content && *content ? content : NULL);
    take_tool_calls(stream, calls);
    if (json_is_object(usage)) {
        json_decref(stream->usage);
        stream->usage = json_incref((json_t *)(uintptr_t)usage);
    }
    json_decref(event);
}

static void take_line(struct agent_stream *stream, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len >= 5 && memcmp(line, "data:", 5) == 0) {
        take_event(stream, line + 5, len - 5);
    } else if (len > 0 && len < BODY_MAX_BYTES - stream->body_len) {
        memcpy(stream->body + stream->body_len, line, len);
        stream->body_len += len;
    }
}

void agent_stream_take(void *arg, const char *bytes, size_t len)
{
    struct agent_stream *stream = arg;
    size_t needed = stream->line_len + len;
    if (needed > LINE_MAX_BYTES)
        return;
    if (needed > stream->line_capacity) {
        char *grown = realloc(stream->line, needed);
        if (!grown)
            return;
        stream->line = grown;
        stream->line_capacity = needed;
    }
    memcpy(stream->line + stream->line_len, bytes, len);
    stream->line_len = needed;

    char *at = stream->line, *end = stream->line + stream->line_len, *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        take_line(stream, at, (size_t)(newline - at));
        at = newline + 1;
    }
    stream->line_len = (size_t)(end - at);
    memmove(stream->line, at, stream->line_len);
}
