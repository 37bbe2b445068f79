#include "httpd/early_refusal.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/body.h"
#include "httpd/log.h"
#include "httpd/otlp_answer.h"
#include "httpd/reply.h"
#include "httpd/request_counters.h"
#include "httpd/router.h"

struct head {
    const char *method, *target;
    struct evhttp_uri *uri;
    struct evkeyvalq *headers;
};

/* ---- The head ----------------------------------------------------------------------------------- */

/* Cuts the next line off; NULL: there is none, or one that does not end as lines do. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = strstr(line, "\r\n");
    if (!end || memchr(line, '\n', (size_t)(end - line)))
        return NULL;
    *end = '\0';
    *rest = end + 2;
    return line;
}

static bool read_header(char *line, struct evkeyvalq *headers)
{
    char *colon = strchr(line, ':');
    if (!colon || colon == line || strpbrk(line, " \t") == line)
        return false;
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    return evhttp_add_header(headers, line, value) == 0;
}

/* False: it is none that clients send. */
static bool read_head(char *text, size_t len, struct head *head)
{
    char *line = strlen(text) == len ? next_line(&text) : NULL;
    char *target = line ? strchr(line, ' ') : NULL;
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version)
        return false;
    *target++ = '\0';
    *version = '\0';
    head->method = line;
    head->target = target;
    head->uri = evhttp_uri_parse_with_flags(target, EVHTTP_URI_NONCONFORMANT);
    while ((line = next_line(&text)) != NULL && *line)
        if (!read_header(line, head->headers))
            return false;
    return head->uri && line;
}

/* Of the body; SIZE_MAX: it is told when it ends. */
static size_t announced_bytes(const struct head *head)
{
    const char *length = evhttp_find_header(head->headers, "Content-Length");
    if (evhttp_find_header(head->headers, "Transfer-Encoding"))
        return SIZE_MAX;
    return length ? strtoull(length, NULL, 10) : 0;
}

static void describe_peer(int fd, char *ret, socklen_t size)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &len) < 0 ||
        getnameinfo((struct sockaddr *)&address, len, ret, size, NULL, 0, NI_NUMERICHOST) != 0)
        *ret = '\0';
}

/* ---- The answer --------------------------------------------------------------------------------- */

/* As exchange.c does it. A body of no known length is taken for a short one. */
static bool is_welcome(struct oat_service *service, const struct head *head, const char *peer,
                       struct oat_admitted *ret_headers, struct oat_answer *answer)
{
    struct oat_caller caller;
    struct oat_routed routed;
    size_t announced = announced_bytes(head);
    const struct oat_request about = {
        .method = head->method,
        .path = evhttp_uri_get_path(head->uri),
        .query = evhttp_uri_get_query(head->uri),
        .headers = ret_headers,
        .body_len = announced == SIZE_MAX ? 0 : announced,
        .caller = &caller,
        .peer = peer,
        .content_type = evhttp_find_header(head->headers, "Content-Type"),
        .is_encrypted = service->is_encrypted,
        .gate = service->gate,
    };
    bool changes = strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0;
    if (!oat_admit(head->headers, changes, &service->hosts, ret_headers, answer) ||
        !oat_gate_identify(service->gate, ret_headers, peer, &caller, answer) ||
        !oat_route_request(&about, &routed, answer))
        return false;
    oat_routed_free(&routed);
    return true;
}

/* The answer as it goes out. */
static void print(const struct oat_service *service, const struct oat_answer *answer,
                  const struct oat_admitted *headers, struct evbuffer *ret)
{
    struct evhttp_request *holder = evhttp_request_new(NULL, NULL); /* of the headers */
    if (!holder)
        return;
    oat_reply_add_headers(holder, answer, headers, service->hosts.origin_count > 0);
    evbuffer_add_printf(ret, "HTTP/1.1 %d Refused\r\nContent-Length: %zu\r\n", answer->status,
                        answer->body.len);
    const struct evkeyvalq *lines = evhttp_request_get_output_headers(holder);
    for (const struct evkeyval *line = TAILQ_FIRST(lines); line; line = TAILQ_NEXT(line, next))
        evbuffer_add_printf(ret, "%s: %s\r\n", line->key, line->value);
    evbuffer_add(ret, "\r\n", 2);
    evbuffer_add(ret, answer->body.bytes, answer->body.len);
    evhttp_request_free(holder);
}

static void refuse(struct oat_service *service, const struct head *head, const struct oat_admitted *headers,
                   struct oat_answer *answer, struct evbuffer *ret)
{
    char quoted[300];
    answer->close = true;
    if (answer->otlp)
        oat_otlp_answer_status(
            answer, oat_content_type_is(evhttp_find_header(head->headers, "Content-Type"), OAT_CONTENT_JSON));
    oat_log(OAT_LOG_DEBUG, "%s %s %d before its body request %s", head->method,
            oat_log_quote(head->target, quoted, sizeof quoted), answer->status, answer->request_id);
    oat_count_request(OAT_COUNTED_ROUTES_MAX, answer->status, 0);
    print(service, answer, headers, ret);
}

bool oat_early_refusal(struct oat_service *service, char *text, size_t len, int fd, struct evbuffer *ret)
{
    struct evkeyvalq lines = TAILQ_HEAD_INITIALIZER(lines);
    struct head head = {.method = "?", .target = "", .headers = &lines};
    struct oat_admitted headers = {0};
    struct oat_answer answer = {.content_type = OAT_CONTENT_JSON};
    char peer[NI_MAXHOST];
    bool welcome = false;
    oat_service_next_id(service, answer.request_id);
    describe_peer(fd, peer, sizeof peer);
    if (!read_head(text, len, &head))
        oat_answer_error(&answer, 400, "bad_request",
                         "the lines of the request's head are not as HTTP has them");
    else
        welcome = announced_bytes(&head) <= OAT_SMALL_BODY_BYTES ||
                  is_welcome(service, &head, peer, &headers, &answer);
    if (!welcome)
        refuse(service, &head, &headers, &answer, ret);
    oat_json_free(&answer.body);
    evhttp_clear_headers(&lines);
    if (head.uri)
        evhttp_uri_free(head.uri);
    return !welcome;
}
