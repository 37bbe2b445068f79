#include "examples/agent_parts/replay.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHARS_PER_TOKEN 4
#define REFUSE_EVERY    7 /* one request of so many is answered with 429 */
#define REFUSE_FIRST    2

/* What the model "decides" turn by turn: which tool to call, or what to say. */
struct turn {
    const char *tool, *arguments; /* tool NULL: say text */
    const char *text;
};

struct script {
    const char *word; /* in the question */
    const char *plan;
    struct turn turns[6];
};

static const struct script scripts[] = {
    {"split",
     "1. Work out the total. 2. Divide it among the people. 3. Keep the result as a note.",
     {{"calculator", "{\"expression\": \"(17 * 24.50 + 12.80) / (3 - 3)\"}", NULL},
      {"calculator", "{\"expression\": \"(17 * 24.50 + 12.80) / 3\"}", NULL},
      {"remember", "{\"note\": \"The team dinner came to 143.10 each for three people.\"}", NULL},
      {NULL, NULL, "Each of the three pays **143.10**: 17 menus at 24.50 and 12.80 for water make 429.30."}}},
    {"where",
     "1. Search the files for the function. 2. Answer with file and line.",
     {{"file_search", "{\"text\": \"oat_span_set_error\"}", NULL},
      {"remember", "{\"note\": \"Errors are recorded with oat_span_set_error.\"}", NULL},
      {NULL, NULL,
       "Errors are recorded with `oat_span_set_error`; the search shows the places that call it."}}},
    {"", /* any other question */
     "1. Answer from what is known.",
     {{NULL, NULL,
       "My notes hold what the earlier conversations came to; nothing more is needed to answer that."}}},
};

/* The server. */
struct server {
    struct event_base *base;
    int delay_ms;
    unsigned requests;
    size_t cached_chars; /* of the request before: what a prompt cache would hold */
};

/* An answer that is being streamed. */
struct answer {
    struct evhttp_request *request;
    char *first, *rest; /* events */
};

/* ---- What to say ------------------------------------------------------------------------------- */

/* A text of a message; "" when it has none. */
static const char *text_in(const json_t *message, const char *key)
{
    const char *text = json_string_value(json_object_get(message, key));
    return text ? text : "";
}

static const char *question_of(const json_t *messages)
{
    for (size_t i = 0; i < json_array_size(messages); i++)
        if (strcmp(text_in(json_array_get(messages, i), "role"), "user") == 0)
            return text_in(json_array_get(messages, i), "content");
    return "";
}

static const struct turn *choose_turn(const json_t *request, struct turn *plan)
{
    const json_t *messages = json_object_get(request, "messages");
    const char *question = question_of(messages);
    const struct script *script = scripts;
    while (!strcasestr(question, script->word))
        script++;
    if (!json_object_get(request, "tools")) {
        *plan = (struct turn){.text = script->plan};
        return plan;
    }
    /* As many turns are over as there are results of tools. */
    const struct turn *turn = script->turns;
    for (size_t i = 0; i < json_array_size(messages) && turn->tool; i++)
        if (strcmp(text_in(json_array_get(messages, i), "role"), "tool") == 0)
            turn++;
    return turn;
}

static char *event_of(json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT), *line = NULL;
    if (text && asprintf(&line, "data: %s\n\n", text) < 0)
        line = NULL;
    free(text);
    json_decref(event);
    return line;
}

static json_t *chunk(unsigned number, json_t *delta, const char *finish_reason)
{
    char id[40];
    snprintf(id, sizeof id, "chatcmpl-replay-%d-%u", (int)getpid(), number);
    return json_pack("{s:s, s:s, s:s, s:[{s:i, s:o, s:s?}]}", "id", id, "object", "chat.completion.chunk",
                     "model", "gpt-4o-mini-replay", "choices", "index", 0, "delta", delta, "finish_reason",
                     finish_reason);
}

static char *join(char *first, char *second)
{
    char *both = NULL;
    if (first && second && asprintf(&both, "%s%s", first, second) < 0)
        both = NULL;
    free(first);
    free(second);
    return both;
}

/* The events of a turn: the first has the first token, the rest all others, usage and the end. */
static void write_turn(struct server *server, const struct turn *turn, size_t request_chars,
                       struct answer *answer)
{
    unsigned number = server->requests;
    size_t said = strlen(turn->tool ? turn->arguments : turn->text);
    size_t prompt = request_chars / CHARS_PER_TOKEN, completion = said / CHARS_PER_TOKEN + 5;
    size_t cached =
        server->cached_chars < request_chars ? server->cached_chars / CHARS_PER_TOKEN / 128 * 128 : 0;
    char call_id[40];
    snprintf(call_id, sizeof call_id, "call_%u", number);

    if (turn->tool) {
        answer->first = event_of(
            chunk(number,
                  json_pack("{s:[{s:i, s:s, s:s, s:{s:s, s:s}}]}", "tool_calls", "index", 0, "id", call_id,
                            "type", "function", "function", "name", turn->tool, "arguments", ""),
                  NULL));
        answer->rest = event_of(chunk(number,
                                      json_pack("{s:[{s:i, s:{s:s}}]}", "tool_calls", "index", 0, "function",
                                                "arguments", turn->arguments),
                                      "tool_calls"));
    } else {
        answer->first = event_of(chunk(number, json_pack("{s:s%}", "content", turn->text, said / 3), NULL));
        answer->rest = event_of(chunk(number, json_pack("{s:s}", "content", turn->text + said / 3), "stop"));
    }
    char *usage = event_of(json_pack(
        "{s:[], s:{s:I, s:I, s:I, s:{s:I}}}", "choices", "usage", "prompt_tokens", (json_int_t)prompt,
        "completion_tokens", (json_int_t)completion, "total_tokens", (json_int_t)(prompt + completion),
        "prompt_tokens_details", "cached_tokens", (json_int_t)cached));
    answer->rest = join(answer->rest, join(usage, strdup("data: [DONE]\n\n")));
    server->cached_chars = request_chars;
}

/* ---- Serving ----------------------------------------------------------------------------------- */

static void send_text(struct evhttp_request *request, const char *text)
{
    struct evbuffer *buffer = evbuffer_new();
    if (!buffer)
        return;
    evbuffer_add_printf(buffer, "%s", text ? text : "");
    evhttp_send_reply_chunk(request, buffer);
    evbuffer_free(buffer);
}

static void finish(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    struct answer *answer = arg;
    send_text(answer->request, answer->rest);
    evhttp_send_reply_end(answer->request);
    free(answer->first);
    free(answer->rest);
    free(answer);
}

static void later(struct server *server, event_callback_fn callback, void *arg)
{
    struct timeval delay = {.tv_sec = server->delay_ms / 1000, .tv_usec = server->delay_ms % 1000 * 1000};
    event_base_once(server->base, -1, EV_TIMEOUT, callback, arg, &delay);
}

static struct server the_server;

static void begin(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    struct answer *answer = arg;
    evhttp_send_reply_start(answer->request, 200, "OK");
    send_text(answer->request, answer->first);
    later(&the_server, finish, answer);
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct server *server = arg;
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t len = evbuffer_get_length(input);
    json_t *body = json_loadb((const char *)evbuffer_pullup(input, -1), len, 0, NULL);
    struct answer *answer = calloc(1, sizeof *answer);

    server->requests++;
    if (!body || !answer || server->requests % REFUSE_EVERY == REFUSE_FIRST) {
        static const char busy[] = "{\"error\":{\"message\":\"Rate limit reached: try again in 300 ms.\","
                                   "\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}\n";
        evbuffer_add(evhttp_request_get_output_buffer(request), busy, sizeof busy - 1);
        evhttp_send_reply(request, body ? 429 : 400, NULL, NULL);
        free(answer);
    } else {
        struct turn plan;
        answer->request = request;
        write_turn(server, choose_turn(body, &plan), len, answer);
        later(server, begin, answer);
    }
    json_decref(body);
}

static void on_stop(evutil_socket_t number, short events, void *arg)
{
    (void)number;
    (void)events;
    event_base_loopbreak(arg);
}

static void serve(int fd, int delay_ms)
{
    /* It goes when the agent goes, however that ends; Ctrl-C is the agent's to handle. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGINT, SIG_IGN);
    the_server = (struct server){.base = event_base_new(), .delay_ms = delay_ms};
    struct evhttp *http = evhttp_new(the_server.base);
    struct event *stop = evsignal_new(the_server.base, SIGTERM, on_stop, the_server.base);
    evhttp_set_gencb(http, on_request, &the_server);
    if (evhttp_accept_socket(http, fd) == 0 && event_add(stop, NULL) == 0)
        event_base_dispatch(the_server.base);
    evhttp_free(http);
    event_free(stop);
    event_base_free(the_server.base);
    libevent_global_shutdown();
}

int agent_replay_start(struct agent_replay *replay, int delay_ms)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0 || (replay->pid = fork()) < 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (replay->pid == 0) {
        serve(fd, delay_ms);
        _exit(0);
    }
    close(fd);
    snprintf(replay->base_url, sizeof replay->base_url, "http://127.0.0.1:%u/v1", ntohs(address.sin_port));
    return 0;
}

void agent_replay_stop(struct agent_replay *replay)
{
    if (replay->pid <= 0)
        return;
    kill(replay->pid, SIGTERM);
    waitpid(replay->pid, NULL, 0);
    replay->pid = 0;
}
