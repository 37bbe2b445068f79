#include "httpd/frames.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct oat_frames {
    struct oat_frames_events events;
    void *arg;
    wslay_event_context_ptr wslay;
    const uint8_t *input; /* that is being fed */
    size_t input_len;
};

static ssize_t receive(wslay_event_context_ptr wslay, uint8_t *ret, size_t len, int flags, void *arg)
{
    struct oat_frames *frames = arg;
    (void)flags;
    if (frames->input_len == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (len > frames->input_len)
        len = frames->input_len;
    memcpy(ret, frames->input, len);
    frames->input += len;
    frames->input_len -= len;
    return (ssize_t)len;
}

static ssize_t deliver(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags, void *arg)
{
    struct oat_frames *frames = arg;
    (void)wslay;
    (void)flags;
    frames->events.send(frames->arg, bytes, len);
    return (ssize_t)len;
}

static void take_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *message,
                         void *arg)
{
    struct oat_frames *frames = arg;
    (void)wslay;
    if (message->opcode == WSLAY_TEXT_FRAME)
        frames->events.text(frames->arg, (const char *)message->msg, message->msg_length);
    else if (message->opcode == WSLAY_BINARY_FRAME)
        oat_frames_close(frames, OAT_CLOSE_UNSUPPORTED, "messages are JSON text");
}

struct oat_frames *oat_frames_new(const struct oat_frames_events *events, void *arg)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = receive,
        .send_callback = deliver,
        .on_msg_recv_callback = take_message,
    };
    struct oat_frames *frames = calloc(1, sizeof *frames);
    if (!frames || wslay_event_context_server_init(&frames->wslay, &callbacks, frames) != 0) {
        free(frames);
        return NULL;
    }
    frames->events = *events;
    frames->arg = arg;
    /* wslay takes memory for the length that a frame declares, before a byte of it is there. */
    wslay_event_config_set_max_recv_msg_length(frames->wslay, OAT_FRAMES_MESSAGE_MAX);
    return frames;
}

void oat_frames_free(struct oat_frames *frames)
{
    if (!frames)
        return;
    wslay_event_context_free(frames->wslay);
    free(frames);
}

/* Sends what is queued, which always is taken whole. */
static bool flush(struct oat_frames *frames)
{
    return wslay_event_send(frames->wslay) == 0 && !wslay_event_get_close_sent(frames->wslay) &&
           wslay_event_want_read(frames->wslay);
}

bool oat_frames_feed(struct oat_frames *frames, const void *bytes, size_t len)
{
    frames->input = bytes;
    frames->input_len = len;
    bool ok = wslay_event_recv(frames->wslay) == 0;
    frames->input_len = 0;
    return flush(frames) && ok;
}

static bool queue(struct oat_frames *frames, uint8_t opcode, const char *bytes, size_t len)
{
    const struct wslay_event_msg message = {opcode, (const uint8_t *)bytes, len};
    return wslay_event_queue_msg(frames->wslay, &message) == 0 && flush(frames);
}

bool oat_frames_text(struct oat_frames *frames, const char *bytes, size_t len)
{
    return queue(frames, WSLAY_TEXT_FRAME, bytes, len);
}

bool oat_frames_ping(struct oat_frames *frames)
{
    return queue(frames, WSLAY_PING, "", 0);
}

void oat_frames_close(struct oat_frames *frames, enum oat_close_code code, const char *reason)
{
    wslay_event_queue_close(frames->wslay, (uint16_t)code, (const uint8_t *)reason, strlen(reason));
    flush(frames);
}
