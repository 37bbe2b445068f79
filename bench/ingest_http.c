/* What the daemon takes in over HTTP: spans a second, sender included, and processor time a span.
 *
 *   ingest_http OAT-HTTPD DIRECTORY [SECONDS]
 *
 * Requests are made once and sent again and again with new ids, over several connections, each waiting for
 * its answer. OTLP: protobuf, 512 spans of one agent's runs, with the attributes of the GenAI conventions.
 * SDK: JSON, 128 spans with short inputs and outputs. The daemon runs without compaction on a store of its
 * own in DIRECTORY, once with --ack process, once with --ack device. Prints a JSON object for each. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "format/json_write.h"

#define CONNECTIONS 8u
#define OTLP_SPANS  512u
#define SDK_SPANS   128u
#define TRACE_SPANS 8u /* a root, two model calls, five tools */
#define PORT        28787

/* A request, and where the trace ids are that each sending makes new. */
struct request {
    struct oat_json text; /* of any bytes */
    uint32_t places[OTLP_SPANS];
    size_t place_count;
    bool ids_are_hex;
    unsigned spans;
};

static void fail(const char *what)
{
    fprintf(stderr, "ingest_http: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- OTLP --------------------------------------------------------------------------------- */

static void put_varint(struct oat_json *to, uint64_t value)
{
    char bytes[10];
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[len++] = (char)(value | 0x80);
    bytes[len++] = (char)value;
    oat_json_raw(to, bytes, len);
}

static void put_field(struct oat_json *to, unsigned number, const void *bytes, size_t len)
{
    put_varint(to, number << 3 | 2);
    put_varint(to, len);
    oat_json_raw(to, bytes, len);
}

static void put_message(struct oat_json *to, unsigned number, struct oat_json *message)
{
    put_field(to, number, message->bytes, message->len);
    oat_json_free(message);
}

static void put_fixed64(struct oat_json *to, unsigned number, uint64_t value)
{
    put_varint(to, number << 3 | 1);
    oat_json_raw(to, (const char *)&value, sizeof value);
}

/* text NULL: the number. */
static void put_attribute(struct oat_json *to, unsigned number, const char *key, const char *text,
                          uint64_t value)
{
    struct oat_json attribute = {0}, any = {0};
    if (text) {
        put_field(&any, 1, text, strlen(text));
    } else {
        put_varint(&any, 3 << 3);
        put_varint(&any, value);
    }
    put_field(&attribute, 1, key, strlen(key));
    put_message(&attribute, 2, &any);
    put_message(to, number, &attribute);
}

static void put_span_attributes(struct oat_json *span, unsigned number)
{
    if (number == 0) {
        put_attribute(span, 9, "gen_ai.operation.name", "invoke_agent", 0);
        put_attribute(span, 9, "gen_ai.agent.name", "support", 0);
        put_attribute(span, 9, "gen_ai.conversation.id", "conversation-0815", 0);
    } else if (number <= 2) {
        put_attribute(span, 9, "gen_ai.operation.name", "chat", 0);
        put_attribute(span, 9, "gen_ai.provider.name", "openai", 0);
        put_attribute(span, 9, "gen_ai.request.model", "gpt-4o", 0);
        put_attribute(span, 9, "gen_ai.response.id", "chatcmpl-9a8b7c6d5e4f", 0);
        put_attribute(span, 9, "gen_ai.usage.input_tokens", NULL, 1200 + number);
        put_attribute(span, 9, "gen_ai.usage.output_tokens", NULL, 150);
    } else {
        put_attribute(span, 9, "gen_ai.operation.name", "execute_tool", 0);
        put_attribute(span, 9, "gen_ai.tool.name", "search", 0);
        put_attribute(span, 9, "gen_ai.tool.call.id", "call_0123456789", 0);
    }
}

static void put_otlp_span(struct oat_json *to, unsigned index)
{
    static const char zeros[16];
    static const char *const names[] = {"invoke_agent support", "chat gpt-4o", "execute_tool search"};
    unsigned number = index % TRACE_SPANS;
    uint64_t id = index + 1, root = index - number + 1,
             start_ns = UINT64_C(1790000000000000000) + index * 1000;
    const char *name = names[number == 0 ? 0 : number <= 2 ? 1 : 2];
    struct oat_json span = {0};
    put_field(&span, 1, zeros, sizeof zeros);
    put_field(&span, 2, &id, sizeof id);
    if (number > 0)
        put_field(&span, 4, &root, sizeof root);
    put_field(&span, 5, name, strlen(name));
    put_fixed64(&span, 7, start_ns);
    put_fixed64(&span, 8, start_ns + 5000000);
    put_span_attributes(&span, number);
    put_message(to, 2, &span);
}

static void make_otlp(struct oat_json *body)
{
    struct oat_json resource = {0}, scope = {0}, spans = {0}, all = {0};
    put_attribute(&resource, 1, "service.name", "bench", 0);
    put_attribute(&resource, 1, "telemetry.sdk.language", "python", 0);
    put_field(&scope, 1, "bench", 5);
    put_message(&spans, 1, &scope);
    for (unsigned i = 0; i < OTLP_SPANS; i++)
        put_otlp_span(&spans, i);
    put_message(&all, 1, &resource);
    put_message(&all, 2, &spans);
    put_message(body, 1, &all);
}

/* ---- SDK ---------------------------------------------------------------------------------- */

static void put_text(struct oat_json *json, const char *key, const char *text)
{
    oat_json_key(json, key);
    oat_json_cstring(json, text);
}

static void put_sdk_span(struct oat_json *json, unsigned index)
{
    char id[17], root[17];
    unsigned number = index % TRACE_SPANS;
    snprintf(id, sizeof id, "%016x", index + 1);
    snprintf(root, sizeof root, "%016x", index - number + 1);
    oat_json_object_begin(json);
    put_text(json, "trace_id", "00000000000000000000000000000000");
    put_text(json, "span_id", id);
    put_text(json, "parent_span_id", number > 0 ? root : NULL);
    put_text(json, "name", number == 0 ? "agent" : "openai.chat.completions.create");
    put_text(json, "span_type", number == 0 ? "agent" : number <= 2 ? "llm" : "tool");
    put_text(json, "status", "success");
    put_text(json, "model", number == 1 || number == 2 ? "gpt-4o-mini" : NULL);
    put_text(json, "service", "bench");
    oat_json_key(json, "start_time");
    oat_json_double(json, 1790000000.125);
    oat_json_key(json, "end_time");
    oat_json_double(json, 1790000001.25);
    if (number == 1 || number == 2) {
        oat_json_key(json, "usage");
        oat_json_object_begin(json);
        oat_json_key(json, "prompt_tokens");
        oat_json_uint(json, 150);
        oat_json_key(json, "completion_tokens");
        oat_json_uint(json, 75);
        oat_json_key(json, "total_cost");
        oat_json_double(json, 0.0042);
        oat_json_object_end(json);
        oat_json_key(json, "inputs");
        oat_json_object_begin(json);
        put_text(json, "question", "What is Python, and what is it good for?");
        oat_json_object_end(json);
        put_text(json, "outputs", "Python is a high-level programming language.");
    }
    oat_json_object_end(json);
}

static void make_sdk(struct oat_json *body)
{
    oat_json_array_begin(body);
    for (unsigned i = 0; i < SDK_SPANS; i++)
        put_sdk_span(body, i);
    oat_json_array_end(body);
}

/* ---- Requests ----------------------------------------------------------------------------- */

static void find_places(struct request *request)
{
    static const char otlp[18] = {0x0a, 16}, sdk[] = "\"00000000000000000000000000000000\"";
    const char *pattern = request->ids_are_hex ? sdk : otlp;
    size_t len = request->ids_are_hex ? 34 : 18, before = request->ids_are_hex ? 1 : 2;
    char *end = request->text.bytes + request->text.len;
    for (char *at = request->text.bytes; (at = memmem(at, (size_t)(end - at), pattern, len)) != NULL;
         at += len)
        request->places[request->place_count++] = (uint32_t)(at + before - request->text.bytes);
}

static struct request make_request(bool sdk)
{
    struct request request = {.ids_are_hex = sdk, .spans = sdk ? SDK_SPANS : OTLP_SPANS};
    struct oat_json body = {0};
    char head[300];
    (sdk ? make_sdk : make_otlp)(&body);
    int len = snprintf(
        head, sizeof head,
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
        sdk ? "/ingest" : "/v1/traces", sdk ? "application/json" : "application/x-protobuf", body.len);
    oat_json_raw(&request.text, head, (size_t)len);
    oat_json_raw(&request.text, body.bytes, body.len);
    oat_json_free(&body);
    if (request.text.failed)
        fail("making a request");
    find_places(&request);
    if (request.place_count != request.spans)
        fail("finding the ids of a request");
    return request;
}

/* Gives the traces of one sending ids of their own. */
static void renew(const struct request *request, char *text, uint64_t sending)
{
    for (size_t i = 0; i < request->place_count; i++) {
        uint64_t id[2] = {sending + 1, i / TRACE_SPANS + 1};
        if (!request->ids_are_hex) {
            memcpy(text + request->places[i], id, sizeof id);
            continue;
        }
        char hex[33];
        snprintf(hex, sizeof hex, "%016" PRIx64 "%016" PRIx64, id[0], id[1]);
        memcpy(text + request->places[i], hex, 32);
    }
}

/* ---- Sending ------------------------------------------------------------------------------ */

struct load {
    const struct request *request;
    atomic_uint_fast64_t sendings;
    atomic_bool stopping;
};

static int open_connection(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int tries = 0; tries < 500; tries++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        close(fd);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fail("connecting to the daemon");
    return -1;
}

static void exchange(int fd, const char *text, size_t len)
{
    char answer[2048];
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
        if (n < 0)
            fail("sending");
        sent += (size_t)n;
    }
    ssize_t n = recv(fd, answer, sizeof answer - 1, 0); /* head and body come in one piece */
    if (n <= 0)
        fail("receiving");
    answer[n] = '\0';
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "ingest_http: %s\n", answer);
        exit(1);
    }
}

static void *send_all(void *arg)
{
    struct load *load = arg;
    const struct request *request = load->request;
    char *text = malloc(request->text.len);
    int fd = open_connection();
    if (!text)
        fail("allocating");
    memcpy(text, request->text.bytes, request->text.len);
    while (!atomic_load(&load->stopping)) {
        renew(request, text, atomic_fetch_add(&load->sendings, 1));
        exchange(fd, text, request->text.len);
    }
    close(fd);
    free(text);
    return NULL;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(const struct rusage *usage)
{
    return (double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static pid_t start_daemon(const char *httpd, const char *store, const char *ack)
{
    char listen[32];
    snprintf(listen, sizeof listen, "127.0.0.1:%d", PORT);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(httpd, httpd, "--dir", store, "--listen", listen, "--otlp-http", "off", "--no-compact",
              "--log-level", "error", "--ack", ack, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static void run(const char *httpd, const char *directory, unsigned number, bool sdk, const char *ack,
                double seconds)
{
    struct request request = make_request(sdk);
    struct load load = {.request = &request};
    struct rusage own_before, own_after, daemon;
    pthread_t threads[CONNECTIONS];
    char store[4096];
    snprintf(store, sizeof store, "%s/%u", directory, number);
    pid_t pid = start_daemon(httpd, store, ack);
    close(open_connection());
    getrusage(RUSAGE_SELF, &own_before);
    double began = now_s();
    for (unsigned i = 0; i < CONNECTIONS; i++)
        pthread_create(&threads[i], NULL, send_all, &load);
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)},
              NULL);
    atomic_store(&load.stopping, true);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        pthread_join(threads[i], NULL);
    double took = now_s() - began;
    getrusage(RUSAGE_SELF, &own_after);
    kill(pid, SIGTERM);
    wait4(pid, NULL, 0, &daemon);
    double spans = (double)atomic_load(&load.sendings) * request.spans;
    printf("{\"form\": \"%s\", \"ack\": \"%s\", \"spans_per_s\": %.0f, \"daemon_us\": %.3f, "
           "\"sender_us\": %.3f, \"span_bytes\": %.0f}\n",
           sdk ? "sdk" : "otlp", ack, spans / took, cpu_s(&daemon) / spans * 1e6,
           (cpu_s(&own_after) - cpu_s(&own_before)) / spans * 1e6, (double)request.text.len / request.spans);
    fflush(stdout);
    oat_json_free(&request.text);
}

int main(int argc, char **argv)
{
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 5;
    if (argc < 3 || !(seconds > 0 && seconds < 3600)) {
        fprintf(stderr, "usage: ingest_http OAT-HTTPD DIRECTORY [SECONDS]\n");
        return 2;
    }
    for (unsigned i = 0; i < 4; i++)
        run(argv[1], argv[2], i, i >= 2, i % 2 == 0 ? "process" : "device", seconds);
    return 0;
}
