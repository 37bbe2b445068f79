/* From method and path to a route, from its query to a call. Pure but for what the handlers read. */
#ifndef OAT_HTTPD_ROUTER_H
#define OAT_HTTPD_ROUTER_H

#include "httpd/answer.h"
#include "httpd/gate.h"

enum oat_method { OAT_GET = 1, OAT_POST = 2, OAT_PUT = 4, OAT_DELETE = 8 }; /* GET: HEAD, too */

/* What is known of a request before its body; all of it is borrowed. */
struct oat_request {
    const char *method;       /* "GET", "HEAD" (answered as GET: the server leaves the body out) ... */
    const char *path, *query; /* as they stand in the URI; query NULL: none */
    const struct oat_admitted *headers;
    size_t body_len;
    const struct oat_caller *caller;
    const char *peer;         /* address of the client */
    const char *content_type; /* the header; NULL when there is none */
    bool is_encrypted;
    struct oat_gate *gate;
};

/* What a handler is given; all of it is borrowed. */
struct oat_call {
    const struct oat_request *request;
    struct oat_project *project; /* of the caller */
    const struct oat_lease *lease;
    const struct oat_query *query;
    const char *id; /* what the path's first {} stands for, decoded; NULL when it has none */
    size_t id_len;
    const char *other; /* the same of its second one */
    size_t other_len;
    const char *content_type; /* of the request */
    const char *body;         /* of a route that takes one, unpacked; else NULL */
    size_t body_len;
};

/* Where a route is handled. */
enum oat_place {
    OAT_ON_LOOP,   /* by the worker: within a few milliseconds */
    OAT_IN_POOL,   /* where queries are */
    OAT_IN_INGEST, /* by threads that no query keeps waiting; without a lease */
};

struct oat_route {
    enum oat_method method;
    const char *path;   /* "/traces/{id}" */
    enum oat_role role; /* that a caller needs */
    const char *const
        *parameters;       /* names the query may have; NULL-terminated; NULL: any, they are the page's */
    size_t body_max_bytes; /* 0: takes no body; else, of one unpacked; OAT_BODY_MAX_BYTES at most */
    enum oat_place place;
    void (*handle)(const struct oat_call *call, struct oat_answer *answer);
};

/* The routes, by path; NULL behind the last. */
const struct oat_route *oat_route_at(size_t index);
/* The index of one of them. */
size_t oat_route_number(const struct oat_route *route);

/* A request that was found to be good: owns what its call borrows. Do not copy. */
struct oat_routed {
    const struct oat_route *route;
    struct oat_call call; /* but for lease and body */
    struct oat_query query;
    char *id, *other;
};

#define OAT_PATH_TEXTS_MAX 2u

/* What the {} of a route's path stand for in a path: undecoded. */
struct oat_path_texts {
    const char *texts[OAT_PATH_TEXTS_MAX];
    size_t lens[OAT_PATH_TEXTS_MAX];
    size_t count;
};

/* Does a path match a route's, "/traces/{id}"? {...} stands for one or more bytes up to the next slash,
 * {path} at the end for all that is left, be it nothing. */
bool oat_path_matches(const char *route_path, const char *path, struct oat_path_texts *ret);

/* Finds what a request is for. True: *ret is to be handled, then freed; it borrows the request. False:
 * *answer says why not: no such path or method, the caller may not, a body or parameters that the route does
 * not take. */
bool oat_route_request(const struct oat_request *request, struct oat_routed *ret, struct oat_answer *answer);
void oat_routed_free(struct oat_routed *routed);

/* Calls the handler, which always gives an answer. lease: of the caller's project; NULL for OAT_IN_INGEST.
 * body: unpacked. */
void oat_route_handle(const struct oat_routed *routed, const struct oat_lease *lease, const char *body,
                      size_t body_len, struct oat_answer *answer);

#endif
