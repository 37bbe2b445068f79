/* Puts a streamed chat completion together: server-sent events in, one message out. */
#ifndef AGENT_STREAM_H
#define AGENT_STREAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct agent_stream {
    char *line; /* the bytes of an event that is not complete yet */
    size_t line_len, line_capacity;
    char *body; /* what is no event: the text of an error */
    size_t body_len;
    json_t *message; /* {"role", "content", "tool_calls"} so far */
    json_t *usage;   /* NULL: none came */
    char id[100], model[100], finish_reason[40];
    uint64_t first_token_us; /* CLOCK_MONOTONIC; 0: none yet */
};

bool agent_stream_init(struct agent_stream *stream);
void agent_stream_free(struct agent_stream *stream);

/* Takes the next bytes of the answer; an agent_on_data, arg is the stream. */
void agent_stream_take(void *stream, const char *bytes, size_t len);

/* CLOCK_MONOTONIC. */
uint64_t agent_now_us(void);

#endif
