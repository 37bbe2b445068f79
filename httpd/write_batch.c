#include "httpd/write_batch.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>

struct oat_write_batch {
    struct event *turn_ends;
    struct bufferevent *waiting[OAT_WRITE_BATCH]; /* a reference of ours to each */
    unsigned count;
    size_t bytes; /* of all that wait */
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

static void write_all(struct oat_write_batch *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        write_out(batch->waiting[i]);
        bufferevent_decref(batch->waiting[i]);
    }
    batch->count = 0;
    batch->bytes = 0;
}

static void on_turn_ends(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    write_all(arg);
}

struct oat_write_batch *oat_write_batch_new(struct event_base *base)
{
    struct oat_write_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->turn_ends = event_new(base, -1, 0, on_turn_ends, batch);
    if (!batch->turn_ends) {
        free(batch);
        return NULL;
    }
    return batch;
}

void oat_write_batch_put(struct oat_write_batch *batch, struct bufferevent *stream)
{
    if (batch->count == 0)
        event_active(batch->turn_ends, EV_WRITE, 0); /* behind what is active already */
    bufferevent_incref(stream);
    batch->waiting[batch->count++] = stream;
    batch->bytes += evbuffer_get_length(bufferevent_get_output(stream));
    if (batch->count == OAT_WRITE_BATCH || batch->bytes >= OAT_WRITE_BATCH_BYTES)
        write_all(batch);
}

void oat_write_batch_free(struct oat_write_batch *batch)
{
    if (!batch)
        return;
    write_all(batch);
    event_free(batch->turn_ends);
    free(batch);
}
