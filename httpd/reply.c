#include "httpd/reply.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>

/* For pages of sites that may ask: with a token, never with a cookie. */
static void add_cross_origin_headers(struct evkeyvalq *headers, const struct oat_answer *answer,
                                     const struct oat_admitted *admitted)
{
    if (!admitted->is_foreign_origin)
        return;
    evhttp_add_header(headers, "Access-Control-Allow-Origin", admitted->origin);
    evhttp_add_header(headers, "Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
    if (answer->status != 204)
        return;
    evhttp_add_header(headers, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE");
    evhttp_add_header(headers, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    evhttp_add_header(headers, "Access-Control-Max-Age", "600");
}

static void add_headers(struct evkeyvalq *headers, const struct oat_answer *answer)
{
    static const char *const always[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Referrer-Policy", "no-referrer"},
        {"Vary", "Accept-Encoding"},
    };
    char text[100];
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        evhttp_add_header(headers, always[i][0], always[i][1]);
    evhttp_add_header(headers, "Content-Security-Policy",
                      answer->content_policy ? answer->content_policy
                                             : "default-src 'none'; frame-ancestors 'none'");
    evhttp_add_header(headers, "Content-Type", answer->content_type);
    evhttp_add_header(headers, "X-Request-Id", answer->request_id);
    evhttp_add_header(headers, "Cache-Control",
                      answer->lasting  ? "public, max-age=31536000, immutable"
                      : answer->tag[0] ? "private, no-cache"
                                       : "no-store");
    if (answer->location)
        evhttp_add_header(headers, "Location", answer->location);
    if (answer->tag[0])
        evhttp_add_header(headers, "ETag", answer->tag);
    if (answer->attachment) {
        snprintf(text, sizeof text, "attachment%s%s%s", *answer->filename ? "; filename=\"" : "",
                 answer->filename, *answer->filename ? "\"" : "");
        evhttp_add_header(headers, "Content-Disposition", text);
    }
    if (answer->gzip)
        evhttp_add_header(headers, "Content-Encoding", "gzip");
    if (answer->allow[0])
        evhttp_add_header(headers, "Allow", answer->allow);
    if (answer->status == 401)
        evhttp_add_header(headers, "WWW-Authenticate", "Bearer realm=\"OpenAgentTrace\"");
    if (answer->set_cookie[0])
        evhttp_add_header(headers, "Set-Cookie", answer->set_cookie);
    if (answer->retry_after_s > 0) {
        snprintf(text, sizeof text, "%u", answer->retry_after_s);
        evhttp_add_header(headers, "Retry-After", text);
    }
}

/* Of other methods than these, libevent does not take a body in: it would read it as the next request. */
static bool leaves_body(struct evhttp_request *request)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    enum evhttp_cmd_type command = evhttp_request_get_command(request);
    return command != EVHTTP_REQ_POST && command != EVHTTP_REQ_PUT && command != EVHTTP_REQ_PATCH &&
           (evhttp_find_header(headers, "Content-Length") ||
            evhttp_find_header(headers, "Transfer-Encoding"));
}

void oat_reply_add_headers(struct evhttp_request *request, const struct oat_answer *answer,
                           const struct oat_admitted *admitted, bool has_origins)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    add_headers(headers, answer);
    if (answer->close || leaves_body(request))
        evhttp_add_header(headers, "Connection", "close");
    if (has_origins)
        evhttp_add_header(headers, "Vary", "Origin");
    add_cross_origin_headers(headers, answer, admitted);
}

static void free_body(const void *bytes, size_t len, void *arg)
{
    (void)bytes;
    (void)len;
    free(arg);
}

void oat_reply_send(struct evhttp_request *request, struct oat_answer *answer)
{
    size_t len = 0;
    char *bytes = oat_json_take(&answer->body, &len);
    if (!bytes) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        char text[24];
        snprintf(text, sizeof text, "%zu", len);
        evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", text);
        free(bytes);
    } else if (len == 0) {
        free(bytes);
    } else if (evbuffer_add_reference(evhttp_request_get_output_buffer(request), bytes, len, free_body,
                                      bytes) < 0) {
        free(bytes);
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    evhttp_send_reply(request, answer->status, NULL, NULL);
}
