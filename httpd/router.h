/* From method, path and query to a handler. Pure but for what the handlers read. */
#ifndef OAT_HTTPD_ROUTER_H
#define OAT_HTTPD_ROUTER_H

#include "httpd/answer.h"
#include "httpd/view.h"

/* What a handler is given. */
struct oat_call {
    const struct oat_view *view;
    const struct oat_query *query;
    const char *id; /* the path's {id}, decoded; NULL when it has none */
    size_t id_len;
};

/* All are read with GET and HEAD, as yet. */
struct oat_route {
    const char *path;              /* "/traces/{id}" */
    const char *const *parameters; /* names the query may have; NULL-terminated */
    void (*handle)(const struct oat_call *call, struct oat_answer *answer);
};

/* Does a path match a route's? On true, *ret_id is the undecoded text that {id} stands for (NULL
 * without one). */
bool oat_path_matches(const char *route_path, const char *path, const char **ret_id, size_t *ret_id_len);

/* Answers a request. method: "GET", "HEAD" (answered as GET: the server leaves the body out) ...
 * path and query as they stand in the URI; query NULL: none. Always gives an answer. */
void oat_dispatch(const struct oat_view *view, const char *method, const char *path, const char *query,
                  struct oat_answer *answer);

#endif
