/* An agent, traced: it plans, calls a model, runs the tools that the model asks for, and remembers.
 *
 *     make examples && build/release/examples/agent "How do we split 17 menus?"
 *     oat show TRACE_ID
 *
 * With OPENAI_BASE_URL set (http:// only; OPENAI_API_KEY and OPENAI_MODEL too when needed) it talks to
 * that server; otherwise to a small scripted one that it starts itself (agent_parts/replay.c).
 *
 * What tracing takes is all here and in agent_parts/llm.c, tools.c, memory.c:
 *   - oat_tracer_open once, oat_tracer_close at the end;
 *   - OAT_SCOPE where a piece of work begins: its span ends on every way out of the block, and spans
 *     started inside it become its children;
 *   - oat_span_set_... for what is known of it.
 * No call has to be checked: tracing never fails the agent. What ended is in files at once, so it
 * survives a crash of the agent. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "examples/agent_parts/http.h"
#include "examples/agent_parts/llm.h"
#include "examples/agent_parts/memory.h"
#include "examples/agent_parts/replay.h"
#include "examples/agent_parts/tools.h"
#include "oat/oat.h"

#define TURNS_MAX 10

static const char *const default_questions[] = {
    "17 menus at 24.50 and 12.80 for water: how do the three of us split the bill?",
    "Where are errors recorded in the examples?",
    "What did you note so far?",
};
#define DEFAULT_QUESTIONS ((int)(sizeof default_questions / sizeof *default_questions))

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

struct agent {
    oat_tracer *tracer;
    struct agent_llm llm;
    struct agent_tools tools;
    const char *session, *user;
};

/* Asks for a plan first, without tools: one chain span with one llm span in it. */
static void make_plan(const struct agent *agent, json_t *messages)
{
    OAT_SCOPE(span, agent->tracer, OAT_CHAIN, "plan");
    json_t *message = agent_llm_chat(&agent->llm, "plan", messages, NULL);
    if (!message) {
        oat_span_set_status(span, OAT_STATUS_ERROR, "no plan: the model did not answer");
        return;
    }
    const char *plan = json_string_value(json_object_get(message, "content"));
    if (plan) {
        oat_span_set_output(span, plan, strlen(plan), "text/plain");
        printf("plan     %s\n", plan);
    }
    json_array_append_new(messages, message);
}

/* Runs what the model asked for and puts the results where it will read them. */
static void run_tools(const struct agent *agent, const json_t *calls, json_t *messages)
{
    for (size_t i = 0; i < json_array_size(calls); i++) {
        const json_t *call = json_array_get(calls, i), *function = json_object_get(call, "function");
        const char *id = json_string_value(json_object_get(call, "id"));
        const char *name = json_string_value(json_object_get(function, "name"));
        const char *arguments = json_string_value(json_object_get(function, "arguments"));
        if (!id || !name || !arguments)
            continue;
        char *result = agent_tools_run(&agent->tools, name, arguments);
        if (!result)
            continue;
        printf("tool     %s %s -> %.*s\n", name, arguments, (int)strcspn(result, "\n"), result);
        json_t *content = json_string(result); /* NULL when it is no UTF-8: a file's bytes may not be */
        if (!content)
            content = json_string("error: the result is not text");
        json_array_append_new(
            messages, json_pack("{s:s, s:s, s:o}", "role", "tool", "tool_call_id", id, "content", content));
        free(result);
    }
}

/* Model and tools take turns until the model answers. Returns the answer, a reference into messages, or
 * NULL. */
static const char *think(const struct agent *agent, json_t *messages)
{
    const char *answer = NULL;
    json_t *tools = agent_tools_describe();
    for (int turn = 0; turn < TURNS_MAX && !answer && !stopping; turn++) {
        json_t *message = agent_llm_chat(&agent->llm, "answer", messages, tools);
        if (!message)
            break;
        json_array_append_new(messages, message);
        const json_t *calls = json_object_get(message, "tool_calls");
        if (json_array_size(calls) > 0)
            run_tools(agent, calls, messages);
        else
            answer = json_string_value(json_object_get(message, "content"));
    }
    json_decref(tools);
    return answer;
}

static json_t *first_messages(const char *question, const char *notes)
{
    json_t *system = json_sprintf(
        "You are a careful assistant. Plan in one line, use tools when they help, then answer briefly.\n"
        "Notes from earlier conversations:\n%s",
        notes && *notes ? notes : "(none)\n");
    return json_pack("[{s:s, s:o}, {s:s, s:s}]", "role", "system", "content", system, "role", "user",
                     "content", question);
}

/* Answers one question: one trace, whose root is this agent span. */
static bool answer_question(const struct agent *agent, const char *question)
{
    OAT_SCOPE(span, agent->tracer, OAT_AGENT, "assistant");
    /* Session and user are inherited by all spans below. */
    oat_span_set_text(span, OAT_TEXT_SESSION, agent->session, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_USER, agent->user, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_AGENT, "assistant", OAT_NUL);
    oat_span_set_input(span, question, strlen(question), "text/plain");
    printf("question %s\n", question);

    char *notes = agent_memory_recall(agent->tools.memory, agent->tracer, 5);
    json_t *messages = first_messages(question, notes);
    free(notes);
    make_plan(agent, messages);
    const char *answer = think(agent, messages);
    if (answer)
        oat_span_set_output(span, answer, strlen(answer), "text/markdown");
    else
        oat_span_set_error(span, stopping ? "stopped by a signal" : "no answer: the model gave none",
                           OAT_NUL);
    printf("answer   %s\n", answer ? answer : "(none)");
    bool ok = answer != NULL;
    json_decref(messages);

    /* A score says how good it was; this one is made up by a rule, a user's would look the same. */
    oat_span_context context = oat_span_get_context(span);
    char trace_id[OAT_TRACE_HEX_SIZE];
    oat_score score = {.name = "answered", .has_value = true, .value = ok ? 1 : 0, .source = "rule"};
    memcpy(score.trace_id, context.trace_id, sizeof score.trace_id);
    oat_score_add(agent->tracer, &score);
    oat_x_trace_id_inject(&context, trace_id);
    if (agent->tracer)
        printf("trace    oat show %s\n\n", trace_id);
    return ok;
}

static void print_stats(oat_tracer *tracer)
{
    oat_stats stats;
    oat_tracer_get_stats(tracer, &stats);
    printf("%llu spans written, %llu bytes of payloads kept in %llu\n", (unsigned long long)stats.spans,
           (unsigned long long)stats.payload_bytes, (unsigned long long)stats.stored_bytes);
}

/* ---- The program ------------------------------------------------------------------------------- */

struct arguments {
    char **questions;
    int count;
    int pause_s, delay_ms;
    const char *search_dir, *notes;
};

static void print_usage(void)
{
    printf("Usage: agent [--loop SECONDS] [--delay-ms N] [--search DIR] [--notes FILE] [QUESTION]...\n"
           "  --loop SECONDS   ask again and again, with a pause, until it is stopped\n"
           "  --delay-ms N     how slow the scripted model is (default 150)\n"
           "  --search DIR     what the tool file_search looks through (default examples)\n"
           "  --notes FILE     where notes are kept (default: in memory)\n"
           "Environment: OPENAI_BASE_URL OPENAI_API_KEY OPENAI_MODEL, OAT_DATA_DIR OAT_SERVICE_NAME\n");
}

/* Returns -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct arguments *ret)
{
    static const struct option options[] = {
        {"loop", required_argument, NULL, 'l'},   {"delay-ms", required_argument, NULL, 'd'},
        {"search", required_argument, NULL, 's'}, {"notes", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {0}};
    *ret = (struct arguments){.delay_ms = 150, .search_dir = "examples", .notes = ":memory:"};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'l':
            ret->pause_s = atoi(optarg);
            break;
        case 'd':
            ret->delay_ms = atoi(optarg);
            break;
        case 's':
            ret->search_dir = optarg;
            break;
        case 'n':
            ret->notes = optarg;
            break;
        default:
            print_usage();
            return option == 'h' ? EXIT_SUCCESS : 2;
        }
    }
    ret->questions = argv + optind;
    ret->count = argc - optind;
    if (ret->count == 0) {
        static char *defaults[DEFAULT_QUESTIONS];
        for (int i = 0; i < DEFAULT_QUESTIONS; i++)
            defaults[i] = (char *)(uintptr_t)default_questions[i];
        ret->questions = defaults;
        ret->count = DEFAULT_QUESTIONS;
    }
    return -1;
}

/* Answers the questions, over and over when there is a pause. */
static bool answer_all(const struct agent *agent, const struct arguments *arguments)
{
    bool ok = true;
    do {
        for (int i = 0; i < arguments->count && !stopping; i++)
            ok &= answer_question(agent, arguments->questions[i]);
        fflush(stdout);
        for (int s = 0; s < arguments->pause_s && !stopping; s++)
            sleep(1);
    } while (arguments->pause_s > 0 && !stopping);
    return ok;
}

/* The model: a real one when the environment names it. */
static bool choose_model(struct agent_llm *llm, struct agent_replay *replay, int delay_ms)
{
    llm->model = getenv("OPENAI_MODEL") ? getenv("OPENAI_MODEL") : "gpt-4o-mini";
    llm->api_key = getenv("OPENAI_API_KEY");
    llm->base_url = getenv("OPENAI_BASE_URL");
    if (llm->base_url)
        return true;
    if (agent_replay_start(replay, delay_ms) < 0) {
        perror("agent: the scripted model does not start");
        return false;
    }
    llm->base_url = replay->base_url;
    return true;
}

/* The tracer: the defaults and the environment, and a name for this service. */
static oat_tracer *open_tracer(void)
{
    oat_tracer *tracer = NULL;
    oat_config config;
    oat_config_init(&config);
    if (!config.service)
        config.service = "example-agent";
    int rc = oat_tracer_open(&config, &tracer);
    if (rc != OAT_OK)
        fprintf(stderr, "agent: runs without tracing: %s: %s\n", config.data_dir,
                rc == OAT_E_IO ? strerror(errno) : oat_result_text(rc));
    return tracer;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct agent_replay replay = {0};
    struct agent agent = {.session = "examples-session", .user = "demo"};
    int status = read_arguments(argc, argv, &arguments);
    if (status >= 0)
        return status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    status = EXIT_FAILURE;
    if (!choose_model(&agent.llm, &replay, arguments.delay_ms))
        return status;
    agent.tracer = agent.llm.tracer = agent.tools.tracer = open_tracer();
    agent.tools.search_dir = arguments.search_dir;
    agent.tools.memory = agent_memory_open(arguments.notes);
    if (agent.tools.memory) {
        status = answer_all(&agent, &arguments) ? EXIT_SUCCESS : EXIT_FAILURE;
        print_stats(agent.tracer);
    } else {
        fprintf(stderr, "agent: cannot open %s\n", arguments.notes);
    }
    agent_memory_close(agent.tools.memory);
    oat_tracer_close(agent.tracer);
    agent_replay_stop(&replay);
    agent_http_shutdown();
    return status;
}
