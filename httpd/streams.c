#include "httpd/streams.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

#include "httpd/packer.h"
#include "oat/oat.h"

/* One of them. */
struct sending {
    struct oat_job job;
    struct oat_streams *all;
    struct sending *before, *behind;
    struct oat_streamed answer;
    struct oat_packer *packer; /* NULL: it goes as it is */
    struct oat_json piece;     /* that goes next */
    uint64_t sent_bytes;
    int result;     /* of making the piece */
    bool is_last;   /* the piece */
    bool is_making; /* a pool thread or the loop's queue has the job */
    bool is_gone;   /* the client */
    bool is_closed; /* nothing but memory is left of it */
};

struct oat_streams {
    struct oat_worker *worker;
    struct sending *first;
    size_t count, max;
};

/* ---- The end ------------------------------------------------------------------------------------- */

/* Gives everything back that others wait for: the stream, the request. is_whole false: cuts the connection,
 * if there is one still. */
static void close_sending(struct sending *s, bool is_whole)
{
    struct evhttp_request *request = s->answer.request;
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    *(s->before ? &s->before->behind : &s->all->first) = s->behind;
    if (s->behind)
        s->behind->before = s->before;
    s->all->count--;
    s->is_closed = true;
    s->answer.stream->free(s->answer.stream);
    if (connection)
        evhttp_connection_set_closecb(connection, NULL, NULL);
    if (connection && !is_whole)
        evhttp_connection_free(connection); /* with its request */
    else
        evhttp_send_reply_end(request); /* one without a connection is freed by it */
    s->answer.ended(s->answer.arg, s->sent_bytes, is_whole);
}

static void free_sending(struct sending *s)
{
    struct oat_worker *worker = s->all->worker;
    oat_packer_free(s->packer);
    oat_json_free(&s->piece);
    free(s);
    oat_worker_release(worker);
}

static void end(struct sending *s, bool is_whole)
{
    close_sending(s, is_whole);
    free_sending(s);
}

/* evhttp has parted the request from its connection. */
static void on_gone(struct evhttp_connection *connection, void *arg)
{
    struct sending *s = arg;
    (void)connection;
    s->is_gone = true;
    if (!s->is_making)
        end(s, false);
}

/* ---- Pieces -------------------------------------------------------------------------------------- */

static void on_taken(struct evhttp_connection *connection, void *arg);

static void free_piece(const void *bytes, size_t len, void *arg)
{
    (void)bytes;
    (void)len;
    free(arg);
}

/* The piece goes to the client. False: out of memory. */
static bool send_bytes(struct sending *s)
{
    size_t len;
    struct evbuffer *buffer = evbuffer_new();
    char *bytes = oat_json_take(&s->piece, &len);
    bool ok = buffer && bytes && evbuffer_add_reference(buffer, bytes, len, free_piece, bytes) == 0;
    if (ok) {
        s->sent_bytes += len;
        oat_worker_answer(s->all->worker, s->answer.request);
        evhttp_send_reply_chunk_with_cb(s->answer.request, buffer, on_taken, s);
    } else {
        free(bytes);
    }
    if (buffer)
        evbuffer_free(buffer);
    return ok;
}

static bool pack(struct sending *s)
{
    struct oat_json packed = {0};
    if (!s->packer)
        return true;
    bool ok = oat_packer_put(s->packer, s->piece.bytes, s->piece.len, s->is_last, &packed);
    oat_json_free(&s->piece);
    s->piece = packed;
    return ok;
}

static void come_back(struct oat_job *job);

/* On a thread of the pool. */
static void make_piece(struct oat_job *job)
{
    struct sending *s = (struct sending *)((char *)job - offsetof(struct sending, job));
    s->result = s->answer.stream->read(s->answer.stream, &s->piece, &s->is_last);
    if (s->result == OAT_OK && !pack(s))
        s->result = OAT_E_NOMEM;
    s->job.run = come_back;
    oat_worker_post(s->all->worker, &s->job);
}

static void begin_piece(struct sending *s)
{
    s->is_making = true;
    s->job.run = make_piece;
    oat_pool_continue(s->answer.pool, &s->job);
}

/* The client has taken the piece. */
static void on_taken(struct evhttp_connection *connection, void *arg)
{
    struct sending *s = arg;
    (void)connection;
    oat_worker_resume(s->all->worker, s->answer.request);
    begin_piece(s);
}

/* An empty piece would be neither sent nor taken. */
static void send_piece(struct sending *s)
{
    bool is_empty = s->piece.len == 0;
    if (!is_empty && !send_bytes(s))
        end(s, false);
    else if (s->is_last)
        end(s, true);
    else if (is_empty)
        begin_piece(s);
}

static void come_back(struct oat_job *job)
{
    struct sending *s = (struct sending *)((char *)job - offsetof(struct sending, job));
    s->is_making = false;
    if (s->is_closed)
        free_sending(s);
    else if (s->is_gone || s->result != OAT_OK)
        end(s, false);
    else
        send_piece(s);
}

bool oat_streams_send(struct oat_streams *streams, const struct oat_streamed *answer)
{
    struct sending *s = streams->count < streams->max ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return false;
    *s = (struct sending){.all = streams, .behind = streams->first, .answer = *answer};
    s->packer = answer->gzip ? oat_packer_new() : NULL;
    if (answer->gzip && !s->packer) {
        free(s);
        return false;
    }
    if (s->behind)
        s->behind->before = s;
    streams->first = s;
    streams->count++;
    oat_worker_hold(streams->worker);
    s->piece = *answer->first;
    *answer->first = (struct oat_json){0};
    s->result = pack(s) ? OAT_OK : OAT_E_NOMEM;
    struct evhttp_connection *connection = evhttp_request_get_connection(answer->request);
    if (connection) {
        evhttp_connection_set_closecb(connection, on_gone, s);
        evhttp_send_reply_start(answer->request, answer->status, NULL);
    }
    if (!connection || s->result != OAT_OK)
        end(s, false);
    else
        send_piece(s);
    return true;
}

/* ---- Life ---------------------------------------------------------------------------------------- */

struct oat_streams *oat_streams_new(struct oat_worker *worker, size_t max)
{
    struct oat_streams *streams = calloc(1, sizeof *streams);
    if (streams)
        *streams = (struct oat_streams){.worker = worker, .max = max};
    return streams;
}

void oat_streams_close(struct oat_streams *streams)
{
    while (streams && streams->first) {
        struct sending *s = streams->first;
        bool is_queued = s->is_making; /* the worker runs it once more */
        close_sending(s, false);
        if (!is_queued)
            free_sending(s);
    }
}

void oat_streams_free(struct oat_streams *streams)
{
    free(streams);
}
