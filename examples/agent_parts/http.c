#include "examples/agent_parts/http.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct exchange {
    struct event_base *base;
    agent_on_data on_data;
    void *arg;
    int status;
    const char *error;
};

static void on_chunk(struct evhttp_request *request, void *arg)
{
    struct exchange *exchange = arg;
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(input);
    if (len > 0)
        exchange->on_data(exchange->arg, (const char *)evbuffer_pullup(input, -1), len);
}

static void on_error(enum evhttp_request_error error, void *arg)
{
    struct exchange *exchange = arg;
    exchange->error = error == EVREQ_HTTP_TIMEOUT          ? "timed out"
                      : error == EVREQ_HTTP_INVALID_HEADER ? "the answer is not HTTP"
                                                           : "the connection was closed";
}

/* The answer is complete, or there will be none (request NULL or without a status). */
static void on_done(struct evhttp_request *request, void *arg)
{
    struct exchange *exchange = arg;
    if (request)
        exchange->status = evhttp_request_get_response_code(request);
    event_base_loopbreak(exchange->base);
}

static struct evhttp_request *make_request(struct exchange *exchange, const char *host, const char *bearer,
                                           const char *body)
{
    struct evhttp_request *request = evhttp_request_new(on_done, exchange);
    if (!request)
        return NULL;
    evhttp_request_set_chunked_cb(request, on_chunk);
    evhttp_request_set_error_cb(request, on_error);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "Host", host);
    evhttp_add_header(headers, "Content-Type", "application/json");
    evhttp_add_header(headers, "Connection", "close");
    if (bearer) {
        char value[512];
        snprintf(value, sizeof value, "Bearer %s", bearer);
        evhttp_add_header(headers, "Authorization", value);
    }
    evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body));
    return request;
}

int agent_http_post(const char *url, const char *bearer, const char *body, int timeout_s,
                    agent_on_data on_data, void *arg, const char **ret_error)
{
    struct exchange exchange = {.on_data = on_data, .arg = arg, .error = "cannot connect"};
    struct evhttp_connection *connection = NULL;
    struct evhttp_uri *uri = evhttp_uri_parse(url);
    const char *scheme = uri ? evhttp_uri_get_scheme(uri) : NULL,
               *host = uri ? evhttp_uri_get_host(uri) : NULL;

    if (!scheme || strcasecmp(scheme, "http") != 0 || !host || !*host) {
        exchange.error = "not an http:// URL (this example speaks no TLS)";
        goto done;
    }
    int port = evhttp_uri_get_port(uri);
    exchange.base = event_base_new();
    if (exchange.base)
        connection =
            evhttp_connection_base_new(exchange.base, NULL, host, (unsigned short)(port < 0 ? 80 : port));
    struct evhttp_request *request = connection ? make_request(&exchange, host, bearer, body) : NULL;
    if (!request)
        goto done;
    evhttp_connection_set_timeout(connection, timeout_s);
    /* From here the connection owns the request. */
    if (evhttp_make_request(connection, request, EVHTTP_REQ_POST, evhttp_uri_get_path(uri)) == 0)
        event_base_dispatch(exchange.base);
done:
    if (connection)
        evhttp_connection_free(connection);
    if (exchange.base)
        event_base_free(exchange.base);
    if (uri)
        evhttp_uri_free(uri);
    if (exchange.status == 0)
        *ret_error = exchange.error;
    return exchange.status;
}

void agent_http_shutdown(void)
{
    libevent_global_shutdown();
}
