/* Spans around transfers of libcurl; the server answers before it is asked. */
#include "oat/curl.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
    int listener, connection;
    const char *answer;
    char request[4096];
};

/* The transfer is connected, and has asked nothing yet. */
static int answer(void *arg, char *here, char *there, int port_here, int port_there)
{
    struct server *server = arg;
    (void)here, (void)there, (void)port_here, (void)port_there;
    server->connection = accept(server->listener, NULL, NULL);
    assert_int_equal(write(server->connection, server->answer, strlen(server->answer)),
                     strlen(server->answer));
    shutdown(server->connection, SHUT_WR);
    return CURL_PREREQFUNC_OK;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static CURL *connect_to(struct server *server, const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    char url[100];
    *server = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0), .connection = -1, .answer = text};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->listener, 1), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    snprintf(url, sizeof url, "http://ada:hidden@127.0.0.1:%d/v1/things?q=1", ntohs(address.sin_port));
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, answer);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, server);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    return curl;
}

static void hang_up(struct server *server, CURL *curl)
{
    curl_easy_cleanup(curl);
    ssize_t n = read(server->connection, server->request, sizeof server->request - 1);
    server->request[n > 0 ? n : 0] = '\0';
    close(server->connection);
    close(server->listener);
}

static bool has_line(const char *request, const char *line)
{
    const char *at = strcasestr(request, line);
    return at && (at == request || at[-1] == '\n') && at[strlen(line)] == '\r';
}

static void a_transfer_is_a_span_and_carries_its_place(void **state)
{
    struct oat_run_writer *w = *state;
    struct server server;
    char line[200], text[OAT_TRACEPARENT_SIZE];
    CURL *curl = connect_to(&server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    struct curl_slist *given = curl_slist_append(NULL, "X-Mine: 1");
    oat_span *agent = oat_span_start(w->tracer, OAT_AGENT, "agent");
    assert_int_equal(oat_curl_perform(w->tracer, curl, given), CURLE_OK);
    assert_ptr_equal(oat_span_current(w->tracer), agent);
    oat_span_end(agent);
    long port = 0;
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_PORT, &port);
    hang_up(&server, curl);
    assert_null(given->next);
    curl_slist_free_all(given);

    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "GET 127.0.0.1");
    assert_int_equal(span->type, OAT_HTTP);
    assert_int_equal(span->status, OAT_SHOWN_SUCCESS);
    assert_memory_equal(span->parent_id, oat_run_span(&view, "agent")->span_id, 8);
    snprintf(line, sizeof line, "http://127.0.0.1:%ld/v1/things?q=1", port);
    assert_true(oat_run_has_attr(&view, span, "url.full", line, strlen(line)));
    assert_true(oat_run_has_attr(&view, span, "http.request.method", "GET", 3));
    oat_span_context place = {.trace_flags = 1};
    memcpy(place.trace_id, span->trace_id, 16);
    memcpy(place.span_id, span->span_id, 8);
    oat_traceparent_inject(&place, text);
    snprintf(line, sizeof line, "traceparent: %s", text);
    assert_true(has_line(server.request, line));
    oat_x_trace_id_inject(&place, text);
    snprintf(line, sizeof line, "X-Trace-ID: %s", text);
    assert_true(has_line(server.request, line));
    assert_true(has_line(server.request, "X-Mine: 1"));
    oat_run_view_close(&view);
}

static void an_answer_of_400_or_more_is_an_error(void **state)
{
    struct oat_run_writer *w = *state;
    struct server server;
    CURL *curl = connect_to(&server, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(oat_curl_perform(w->tracer, curl, NULL), CURLE_OK);
    hang_up(&server, curl);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "GET 127.0.0.1");
    assert_int_equal(span->status, OAT_SHOWN_ERROR);
    oat_run_assert_text(span->text[OAT_TEXT_STATUS_MESSAGE], "HTTP status 404", 15);
    oat_run_view_close(&view);
}

static void a_transfer_that_fails_is_an_error(void **state)
{
    struct oat_run_writer *w = *state;
    struct server server;
    CURL *curl = connect_to(&server, "");
    oat_curl_transfer transfer = oat_curl_begin(w->tracer, curl, NULL, true);
    assert_null(oat_span_current(w->tracer));
    CURLcode code = curl_easy_perform(curl);
    assert_int_equal(code, CURLE_GOT_NOTHING);
    oat_curl_end(&transfer, curl, code);
    hang_up(&server, curl);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "GET 127.0.0.1");
    assert_int_equal(span->status, OAT_SHOWN_ERROR);
    assert_true(span->text[OAT_TEXT_STATUS_MESSAGE].len > 0);
    oat_run_view_close(&view);
}

static void without_a_tracer_the_transfer_goes_on(void **state)
{
    struct server server;
    (void)state;
    CURL *curl = connect_to(&server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    struct curl_slist *given = curl_slist_append(NULL, "X-Mine: 1");
    assert_int_equal(oat_curl_perform(NULL, curl, given), CURLE_OK);
    hang_up(&server, curl);
    curl_slist_free_all(given);
    assert_true(has_line(server.request, "X-Mine: 1"));
    assert_null(strcasestr(server.request, "traceparent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_transfer_is_a_span_and_carries_its_place),
        OAT_WRITER_TEST(an_answer_of_400_or_more_is_an_error),
        OAT_WRITER_TEST(a_transfer_that_fails_is_an_error),
        OAT_WRITER_TEST(without_a_tracer_the_transfer_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
