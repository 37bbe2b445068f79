/* Writes a day of traces to look at: conversations in sessions, several models, retries, failures,
 * pictures, hand-overs between agents, one run of 2,000 spans, and one whose process was killed.
 *
 *     build/release/examples/demo_data [--traces N] [--seed N]     (store: $OAT_DATA_DIR, else .oat)
 *
 * The same seed makes the same day, up to its ids; it ends now. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "examples/demo_data_parts/png.h"
#include "examples/demo_data_parts/run.h"

#define DAY_NS         (UINT64_C(86400) * 1000000000u)
#define LONGEST_NS     (UINT64_C(600) * 1000000000u) /* what starts last must end before now */
#define LONG_RUN_STEPS 499                           /* 4 spans each, and 4 around them: 2,000 */

/* ---- Kinds of runs ------------------------------------------------------------------------------- */

/* Looks something up: embedding, vector search, rerank. */
static void retrieve(struct demo_run *run, const char *query)
{
    oat_span *span = demo_begin(run, OAT_RETRIEVAL, "search handbook");
    demo_input(span, query);
    demo_step(run, OAT_EMBEDDING, "text-embedding-3-small", 60);
    demo_step(run, OAT_DATABASE, "vector query", 25);
    demo_step(run, OAT_RERANK, "rerank", 90);
    oat_span_set_attr_int(span, "retrieval.top_k", 5);
    demo_output(span, "[{\"id\":\"refunds-2\",\"score\":0.91},{\"id\":\"shipping-1\",\"score\":0.74}]");
    demo_end(run, span);
}

/* A conversation: a few questions in one session, each a trace, the history sent again each time. */
static int support_chat(struct demo_run *run, unsigned number)
{
    static const char *const questions[] = {"Where is my parcel?", "Can I send it back?",
                                            "How long does the refund take?",
                                            "Thank you! Do you ship to Malta?"};
    static const char *const answers[] = {
        "It left the depot this morning and should reach you tomorrow before noon.",
        "Yes: within 30 days, unused, in its box. I have put a label in your account.",
        "Three to five working days after the parcel is back with us.",
        "We do, in four days, and above 50 euros shipping is free."};
    const struct demo_model *model = &demo_models[demo_pick(run, DEMO_MODELS)];
    char session[40], user[40];
    snprintf(session, sizeof session, "support-%03u", number);
    snprintf(user, sizeof user, "customer-%u", demo_pick(run, 40));
    json_t *messages = json_array();
    demo_say(messages, "system", "You answer customers of a shop, politely and briefly. Use the handbook.");

    int turns = 1 + (int)demo_pick(run, 4);
    size_t seen = 0;
    for (int i = 0; i < turns; i++) {
        oat_span *root = demo_begin_trace(run, "support-agent", session, user);
        demo_input(root, questions[i]);
        demo_say(messages, "user", questions[i]);
        demo_step(run, OAT_GUARDRAIL, "moderation", 40);
        if (i != 3)
            retrieve(run, questions[i]);
        seen = demo_chat(run, model, messages, answers[i], seen);
        demo_step(run, OAT_MEMORY, "store turn", 8);
        demo_output(root, answers[i]);
        demo_end(run, root);
        demo_pass(run, 20000); /* the customer reads and types */
    }
    json_decref(messages);
    return turns;
}

/* The provider is busy at first: a failed attempt, an event, and another attempt. */
static int retried_call(struct demo_run *run, unsigned number)
{
    (void)number;
    const struct demo_model *model = &demo_models[demo_pick(run, 2)];
    oat_span *root = demo_begin_trace(run, "report-writer", "nightly-reports", "scheduler");
    oat_span *failed = demo_begin(run, OAT_LLM, "chat gpt-4o");
    oat_span_set_text(failed, OAT_TEXT_MODEL, model->name, OAT_NUL);
    demo_pass(run, 400);
    oat_span_set_error(failed, "RateLimitError: HTTP 429, try again in 2 s\n  at chat.completions.create",
                       OAT_NUL);
    demo_end(run, failed);
    const oat_attr attrs[] = {{"attempt", OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = 1}}};
    oat_span_add_event(
        root,
        &(oat_event){
            .name = "retry", .name_len = OAT_NUL, .time_ns = run->now_ns, .attrs = attrs, .attr_count = 1});
    demo_pass(run, 2000);
    json_t *messages = json_array();
    demo_say(messages, "user", "Summarise yesterday's orders in three lines.");
    demo_chat(run, model, messages,
              "412 orders, 3 % more than the week before. Returns are steady. One outage at 14:10.", 0);
    json_decref(messages);
    demo_output(root, "report sent");
    demo_end(run, root);
    return 1;
}

/* A run that fails below and at the top. */
static int failed_run(struct demo_run *run, unsigned number)
{
    static const char trace_back[] = "ConnectionError: orders-db:5432 refused the connection\n"
                                     "  File \"orders.py\", line 88, in find\n"
                                     "    row = db.fetch(sql, order_id)\n"
                                     "  File \"db.py\", line 41, in fetch\n"
                                     "    raise ConnectionError(host)\n";
    char input[60];
    snprintf(input, sizeof input, "{\"order_id\": %u}", 10000 + number);
    oat_span *root = demo_begin_trace(run, "order-agent", "orders", "customer-7");
    demo_input(root, input);
    oat_span *tool = demo_begin(run, OAT_TOOL, "find_order");
    demo_input(tool, input);
    oat_span *query = demo_begin(run, OAT_DATABASE, "select order");
    demo_pass(run, 3000);
    oat_span_set_error(query, trace_back, OAT_NUL);
    demo_end(run, query);
    oat_span_set_error(tool, trace_back, OAT_NUL);
    demo_end(run, tool);
    oat_span_set_error(root, "the order could not be read", OAT_NUL);
    demo_end(run, root);
    return 1;
}

/* A question about a picture: it is in the request as base64 and comes out of a tool as bytes. */
static int picture_run(struct demo_run *run, unsigned number)
{
    size_t len = 0;
    uint8_t *png = demo_png_make(64, number, &len);
    char *url = png ? demo_png_data_url(png, len) : NULL;
    oat_span *root = demo_begin_trace(run, "vision-agent", "photos", "customer-3");
    if (url) {
        oat_span *tool = demo_begin(run, OAT_TOOL, "take screenshot");
        demo_pass(run, 300);
        oat_span_set_output(tool, png, len, "image/png");
        demo_end(run, tool);
        json_t *messages = json_array();
        json_array_append_new(messages,
                              json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:{s:s}}]}", "role", "user", "content",
                                        "type", "text", "text", "What does the picture show?", "type",
                                        "image_url", "image_url", "url", url));
        demo_chat(run, &demo_models[1], messages, "A colour gradient, from dark at the top left to bright.",
                  0);
        json_decref(messages);
    }
    demo_output(root, "a colour gradient");
    demo_end(run, root);
    free(url);
    free(png);
    return 1;
}

/* One agent hands over to another; the second trace links back to the first. */
static int handed_over(struct demo_run *run, unsigned number)
{
    char session[40];
    snprintf(session, sizeof session, "research-%03u", number);
    oat_span *first = demo_begin_trace(run, "researcher", session, "analyst-1");
    demo_step(run, OAT_HTTP, "GET example.org", 350);
    demo_step(run, OAT_CACHE, "get page", 2);
    oat_span *handoff = demo_begin(run, OAT_HANDOFF, "to writer");
    oat_span_set_attr_string(handoff, "gen_ai.handoff.to_agent", "writer");
    oat_span_context from = oat_span_get_context(handoff);
    demo_end(run, handoff);
    demo_end(run, first);

    uint64_t second_start_ns = run->now_ns;
    oat_span *second = demo_begin_trace(run, "writer", session, "analyst-1");
    oat_span_add_link(second, &(oat_link){.target = from});
    json_t *messages = json_array();
    demo_say(messages, "user", "Write two lines about the findings.");
    demo_chat(run, &demo_models[2], messages, "The market grew by a tenth.\nMost of it is in the north.", 0);
    json_decref(messages);
    oat_span_context context = oat_span_get_context(second);
    demo_end(run, second);

    oat_score score = {.target_start_ns = second_start_ns,
                       .name = "feedback",
                       .has_value = true,
                       .value = 1,
                       .comment = "Great response!",
                       .source = "user",
                       .time_ns = run->now_ns};
    memcpy(score.trace_id, context.trace_id, sizeof score.trace_id);
    oat_score_add(run->tracer, &score);
    return 2;
}

/* 2,000 spans: an agent at work for hours, which sends its whole history with every call. */
static int long_run(struct demo_run *run)
{
    oat_span *root = demo_begin_trace(run, "coding-agent", "migration", "developer-1");
    demo_input(root, "Move the whole test suite to the new runner.");
    json_t *messages = json_array();
    demo_say(messages, "system", "You change code step by step and run the tests after each step.");
    demo_step(run, OAT_MEMORY, "load project notes", 20);
    demo_step(run, OAT_FILE_IO, "read README", 5);
    size_t seen = 0;
    for (int i = 0; i < LONG_RUN_STEPS; i++) {
        char text[200];
        snprintf(text, sizeof text, "step %d", i + 1);
        oat_span *step = demo_begin(run, OAT_CHAIN, text);
        snprintf(text, sizeof text, "I move test_%03d.c to the new runner and run it.", i);
        seen = demo_chat(run, &demo_models[2], messages, text, seen);
        demo_step(run, OAT_FILE_IO, "write file", 6);
        oat_span *tool = demo_begin(run, OAT_TOOL, "run tests");
        demo_pass(run, 1500);
        snprintf(text, sizeof text, "test_%03d: %u passed, %d failed", i, 3 + demo_pick(run, 20),
                 i % 50 == 49);
        demo_output(tool, text);
        if (i % 50 == 49)
            oat_span_set_status(tool, OAT_STATUS_ERROR, "1 test failed");
        demo_end(run, tool);
        demo_say(messages, "user", text);
        demo_end(run, step);
    }
    demo_step(run, OAT_TOOL, "commit", 200);
    json_decref(messages);
    demo_end(run, root);
    return 1;
}

/* ---- The one that was killed --------------------------------------------------------------------- */

/* What the doomed process does: three spans deep in a call that never comes back. */
static void hang(void)
{
    oat_config config;
    oat_tracer *tracer;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    oat_config_init(&config);
    config.open_after_ms = 50; /* spans that take longer are announced in the files */
    if (oat_tracer_open(&config, &tracer) != OAT_OK)
        _exit(1);
    oat_span *root = oat_span_start(tracer, OAT_AGENT, "import-agent");
    oat_span_set_text(root, OAT_TEXT_SERVICE, "import-agent", OAT_NUL);
    oat_span_set_text(root, OAT_TEXT_SESSION, "imports", OAT_NUL);
    demo_input(root, "Import the supplier's price list.");
    oat_span *read = oat_span_start(tracer, OAT_FILE_IO, "read prices.csv");
    demo_output(read, "18,204 lines");
    oat_span_end(read);
    oat_span *tool = oat_span_start(tracer, OAT_TOOL, "convert prices");
    demo_input(tool, "{\"rows\": 18204, \"currency\": \"EUR\"}");
    oat_span *call = oat_span_start(tracer, OAT_LLM, "chat gpt-4o");
    oat_span_set_text(call, OAT_TEXT_MODEL, "gpt-4o", OAT_NUL);
    demo_input(call, "{\"messages\":[{\"role\":\"user\",\"content\":\"Which column has the price?\"}]}");
    for (;;)
        pause();
}

/* ---- The day ------------------------------------------------------------------------------------- */

static int write_day(oat_tracer *tracer, int traces, uint32_t seed)
{
    static int (*const kinds[])(struct demo_run *, unsigned) = {
        support_chat, support_chat, support_chat, handed_over, retried_call, failed_run, picture_run};
    const unsigned kind_count = sizeof kinds / sizeof *kinds;
    struct demo_run run = {.tracer = tracer, .random = seed};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t end_ns = (uint64_t)now.tv_sec * 1000000000u, begin_ns = end_ns - DAY_NS;

    run.now_ns = begin_ns + DAY_NS / 3;
    int written = long_run(&run);
    for (unsigned i = 0; written < traces; i++) {
        /* Each kind comes once before chance chooses. */
        run.now_ns = begin_ns + (DAY_NS - LONGEST_NS) / (uint64_t)traces * (uint64_t)written;
        written += kinds[i < kind_count ? i : demo_pick(&run, kind_count)](&run, i);
    }
    return written;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"traces", required_argument, NULL, 't'}, {"seed", required_argument, NULL, 's'}, {0}};
    int traces = 200;
    uint32_t seed = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 't') {
            traces = atoi(optarg);
        } else if (option == 's') {
            seed = (uint32_t)strtoul(optarg, NULL, 10);
        } else {
            printf("Usage: demo_data [--traces N] [--seed N]\n");
            return 2;
        }
    }

    pid_t doomed = fork();
    if (doomed == 0)
        hang();
    oat_tracer *tracer;
    int rc = oat_tracer_open(NULL, &tracer);
    if (rc != OAT_OK) {
        fprintf(stderr, "demo_data: %s\n", oat_result_text(rc));
        return EXIT_FAILURE;
    }
    int written = write_day(tracer, traces, seed);
    oat_stats stats;
    oat_tracer_get_stats(tracer, &stats);
    oat_tracer_close(tracer);
    if (doomed > 0) {
        usleep(1500000); /* its running spans are in the files by then */
        kill(doomed, SIGKILL);
        waitpid(doomed, NULL, 0);
        written++;
    }
    printf("%d traces, %llu spans; %llu bytes of payloads kept in %llu\n", written,
           (unsigned long long)stats.spans, (unsigned long long)stats.payload_bytes,
           (unsigned long long)stats.stored_bytes);
    return EXIT_SUCCESS;
}
