#include "httpd/grpc_call.h"

#include <stdlib.h>
#include <string.h>

#include "httpd/body.h"
#include "httpd/grpc_message.h"
#include "httpd/handle_otlp.h"
#include "httpd/otlp_answer.h"

#define ROOM_LEAST (64u << 10)

static bool refuse_for_memory(struct oat_grpc_call *call)
{
    call->answer.retry_after_s = 1;
    oat_answer_error(&call->answer, 503, "overloaded", "too much is being taken in at once: try again");
    return false;
}

bool oat_grpc_call_append(struct oat_grpc_call *call, const void *bytes, size_t len)
{
    if (len > OAT_BODY_MAX_BYTES + OAT_GRPC_PREFIX_SIZE - call->len) {
        oat_answer_error(&call->answer, 413, "body_too_large", "a message has %u bytes at most",
                         OAT_BODY_MAX_BYTES);
        return false;
    }
    if (len > call->room - call->len) {
        size_t room = call->room < ROOM_LEAST ? ROOM_LEAST : call->room;
        while (room - call->len < len)
            room *= 2;
        if (!oat_memory_budget_take(&call->station->service->budget, room - call->paid))
            return refuse_for_memory(call);
        call->paid = room;
        char *bigger = realloc(call->body, room);
        if (!bigger)
            return refuse_for_memory(call);
        call->body = bigger;
        call->room = room;
    }
    memcpy(call->body + call->len, bytes, len);
    call->len += len;
    return true;
}

static struct oat_grpc_call *of_job(struct oat_job *job)
{
    return (struct oat_grpc_call *)((char *)job - offsetof(struct oat_grpc_call, job));
}

static void come_back(struct oat_job *job)
{
    struct oat_grpc_call *call = of_job(job);
    struct oat_worker *worker = call->station->worker;
    call->done(call);
    oat_worker_release(worker);
}

static void go_back(struct oat_grpc_call *call)
{
    call->job.run = come_back;
    oat_worker_post(call->station->worker, &call->job);
}

static void committed(struct oat_job *job)
{
    struct oat_grpc_call *call =
        (struct oat_grpc_call *)((char *)job - offsetof(struct oat_grpc_call, commit) -
                                 offsetof(struct oat_commit, job));
    if (call->commit.result != OAT_OK)
        oat_answer_unstored(&call->answer, call->commit.result);
    go_back(call);
}

/* The message is what OTLP over HTTP has as its body. */
static void handle(struct oat_grpc_call *call)
{
    const char *message;
    size_t len;
    bool is_packed;
    struct oat_body body = {0};
    struct oat_answer *answer = &call->answer;
    if (!oat_grpc_unwrap(call->body, call->len, &message, &len, &is_packed)) {
        oat_answer_error(answer, 400, "bad_message", "expected one message with its length before it");
        return;
    }
    if (is_packed && !*call->encoding) {
        oat_answer_error(answer, 400, "bad_message", "the message is packed, and grpc-encoding is not given");
        return;
    }
    if (oat_body_read(&body, message, len, is_packed ? call->encoding : NULL, OAT_BODY_MAX_BYTES,
                      &call->station->service->budget, answer)) {
        const struct oat_call of_http = {
            .project = call->caller.project,
            .content_type = OAT_CONTENT_PROTO,
            .body = body.bytes,
            .body_len = body.len,
        };
        answer->status = 200;
        oat_handle_otlp(&of_http, answer);
    }
    oat_body_free(&body);
}

static void handle_in_pool(struct oat_job *job)
{
    struct oat_grpc_call *call = of_job(job);
    handle(call);
    if (call->answer.written && call->station->service->ack_device) {
        call->commit.job.run = committed;
        oat_store_writer_commit(call->caller.project->writer, &call->commit);
    } else {
        go_back(call);
    }
}

bool oat_grpc_call_begin(struct oat_grpc_call *call)
{
    call->job.run = handle_in_pool;
    oat_worker_hold(call->station->worker);
    if (oat_pool_submit(call->station->service->ingest, &call->job))
        return true;
    oat_worker_release(call->station->worker);
    return refuse_for_memory(call);
}

void oat_grpc_call_free(struct oat_grpc_call *call)
{
    oat_memory_budget_give(&call->station->service->budget, call->paid);
    oat_json_free(&call->answer.body);
    free(call->body);
    free(call);
}
