/* A call of the OTLP trace service: what has come of it, who sends it, and its answer. */
#ifndef OAT_HTTPD_GRPC_CALL_H
#define OAT_HTTPD_GRPC_CALL_H

#include "httpd/exchange.h"

struct oat_grpc_call {
    struct oat_job job;
    struct oat_commit commit;
    const struct oat_station *station;
    struct oat_caller caller;
    void (*done)(struct oat_grpc_call *call); /* on the worker: the answer is there */
    void *arg;                                /* its */
    char *body;
    size_t len, room;
    size_t paid; /* of the budget of bodies */
    char encoding[16];
    struct oat_answer answer; /* status 200, or an HTTP error with its message */
};

/* Appends to the body. False answers 413 or 503: what follows is of no use. */
bool oat_grpc_call_append(struct oat_grpc_call *call, const void *bytes, size_t len);

/* Has the call handled by the threads of ingest, and `done` called on the station's worker, which it holds
 * meanwhile. False answers 503: done is not called. */
bool oat_grpc_call_begin(struct oat_grpc_call *call);

/* Frees what it holds, and itself. */
void oat_grpc_call_free(struct oat_grpc_call *call);

#endif
