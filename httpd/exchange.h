/* One request and its answer. A request is read and routed on its worker; then it is handled there too, or,
 * when that may take long, by the pool, and its answer is sent by the worker again. */
#ifndef OAT_HTTPD_EXCHANGE_H
#define OAT_HTTPD_EXCHANGE_H

#include <stdatomic.h>

#include "httpd/address.h"
#include "httpd/gate.h"
#include "httpd/pool.h"
#include "httpd/project.h"
#include "httpd/sockets.h"
#include "httpd/streams.h"
#include "httpd/worker.h"
#include "ingest/memory_budget.h"

/* What all exchanges share; borrowed by them. */
struct oat_service {
    struct oat_project *projects; /* the default one first */
    size_t project_count;
    struct oat_pool *pool;                   /* of queries */
    struct oat_pool *ingest;                 /* of what clients send */
    uint64_t query_timeout_ns;               /* of a request that reads; 0: none */
    bool ack_device;                         /* what was written is answered for when it is on the device */
    struct oat_memory_budget budget;         /* of request bodies, and of what they decode to */
    struct oat_address listen[OAT_OPEN_MAX]; /* those that are open */
    struct oat_hosts hosts;                  /* these and further names */
    struct oat_gate *gate;
    bool is_encrypted;
    atomic_uint_fast64_t request_id; /* of the next request */
};

/* The id of a new request. Any thread. */
void oat_service_next_id(struct oat_service *service, char ret[OAT_REQUEST_ID_SIZE]);

/* What a worker's requests come with. */
struct oat_station {
    struct oat_service *service;
    struct oat_worker *worker;
    struct oat_sockets *sockets;
    struct oat_streams *streams;
    struct oat_grpc *grpc;
};

/* Answers a request, now or later; it is libevent's again. On the worker's thread. */
void oat_exchange_begin(struct evhttp_request *request, void *station);

#endif
