#include "httpd/outbox.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>

struct oat_outbox {
    struct event *turn_ends;
    struct bufferevent *waiting[OAT_OUTBOX_ANSWERS]; /* a reference of ours to each */
    unsigned count;
};

static void write_out(struct bufferevent *stream)
{
    struct evbuffer *output = bufferevent_get_output(stream);
    evutil_socket_t fd = bufferevent_getfd(stream);
    if (fd < 0 || evbuffer_get_length(output) == 0)
        return;
    evbuffer_unfreeze(output, 1); /* a stream keeps everybody else from taking out of it */
    int written = evbuffer_write_atmost(output, fd, OAT_WRITE_MAX_BYTES);
    evbuffer_freeze(output, 1);
    if (written > 0 && evbuffer_get_length(output) == 0) /* evhttp waits to hear that it is out */
        bufferevent_trigger(stream, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void write_all(struct oat_outbox *outbox)
{
    for (unsigned i = 0; i < outbox->count; i++) {
        write_out(outbox->waiting[i]);
        bufferevent_decref(outbox->waiting[i]);
    }
    outbox->count = 0;
}

static void on_turn_ends(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    write_all(arg);
}

struct oat_outbox *oat_outbox_new(struct event_base *base)
{
    struct oat_outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return NULL;
    outbox->turn_ends = event_new(base, -1, 0, on_turn_ends, outbox);
    if (!outbox->turn_ends) {
        free(outbox);
        return NULL;
    }
    return outbox;
}

void oat_outbox_put(struct oat_outbox *outbox, struct bufferevent *stream)
{
    if (outbox->count == 0)
        event_active(outbox->turn_ends, EV_WRITE, 0); /* behind what is active already */
    bufferevent_incref(stream);
    outbox->waiting[outbox->count++] = stream;
    if (outbox->count == OAT_OUTBOX_ANSWERS)
        write_all(outbox);
}

void oat_outbox_free(struct oat_outbox *outbox)
{
    if (!outbox)
        return;
    write_all(outbox);
    event_free(outbox->turn_ends);
    free(outbox);
}
