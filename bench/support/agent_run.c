#include "bench/support/agent_run.h"

#include "bench/support/options.h"
#include "format/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPANS_MEDIAN    27.0 /* of a run: 10.8 model calls at 40 % */
#define SPANS_SIGMA     0.6
#define SPANS_LEAST     5u
#define SCOPES          6u
#define RECENT_SESSIONS 64u
#define CONTEXT_TOKENS  120000u
#define BYTES_PER_TOKEN 4u
#define NS_PER_MS       1000000.0

typedef struct session {
    const oat_bench_trade *trade;
    uint32_t code, user_code, agent, environment_code, region_code, tenant_code, experiment_code;
} session;

struct oat_bench_runs {
    oat_bench_plan plan;
    oat_bench_world *world;
    oat_bench_dice dice;
    oat_bench_language *language;
    oat_bench_batch batch;
    session recent[RECENT_SESSIONS];
    uint64_t done; /* spans */
};

/* The run that is being made. */
typedef struct builder {
    oat_bench_runs *runs;
    oat_bench_dice *dice;
    const session *session;
    const oat_bench_model *model;
    oat_bench_conversation *conversation; /* NULL: without payloads */
    oat_bench_row *rows;
    uint32_t count;
    uint64_t trace_id[2];
    uint64_t cursor_ns;
    uint32_t scope[SCOPES]; /* rows that are open: agents and chains */
    uint32_t depth;
    uint32_t parent_step; /* the last tool or retrieval: what further calls belong to; 0: none */
    uint32_t prompt_tokens;
} builder;

/* ---- Parts of a span ---- */

static const struct {
    double median_ms, sigma, error_share;
} habits[OAT_FILE_IO + 1] = {
    [OAT_AGENT] = {1, 0.5, 0.05},      [OAT_LLM] = {3500, 0.65, 0.005},
    [OAT_TOOL] = {433, 2.2, 0.045},    [OAT_RETRIEVAL] = {120, 0.8, 0.005},
    [OAT_GUARDRAIL] = {15, 1.0, 0.01}, [OAT_EMBEDDING] = {90, 0.5, 0.005},
    [OAT_MEMORY] = {2, 1.0, 0.002},    [OAT_CHAIN] = {1, 0.5, 0.01},
    [OAT_HTTP] = {180, 1.0, 0.01},     [OAT_DATABASE] = {4, 1.2, 0.002},
    [OAT_CACHE] = {0.4, 0.8, 0},       [OAT_FILE_IO] = {1, 1.2, 0.002},
};

static uint64_t duration_of(oat_bench_dice *dice, enum oat_span_type type)
{
    const double longest_ms = 300000;
    double ms = oat_bench_log_normal(dice, habits[type].median_ms, habits[type].sigma);
    return (uint64_t)((ms < longest_ms ? ms : longest_ms) * NS_PER_MS) + 1;
}

static uint64_t pause_of(oat_bench_dice *dice)
{
    return (uint64_t)(oat_bench_log_normal(dice, 1.5, 1.0) * NS_PER_MS) + 1;
}

static uint32_t tokens_of(oat_bench_dice *dice, double median, double sigma)
{
    return (uint32_t)oat_bench_log_normal(dice, median, sigma) + 1;
}

static void set_status(builder *b, oat_bench_row *row)
{
    row->status = OAT_STATUS_SUCCESS;
    if (!oat_bench_chance(b->dice, habits[row->type].error_share))
        return;
    uint32_t message = oat_bench_below(b->dice, OAT_BENCH_MESSAGES);
    uint32_t number = oat_bench_zipf(b->dice, OAT_BENCH_NUMBERS);
    row->status = OAT_STATUS_ERROR;
    row->text[OAT_TEXT_STATUS_MESSAGE] = b->runs->world->message_code[message][number];
}

/* A new row that starts at the cursor. */
static oat_bench_row *begin(builder *b, enum oat_span_type type, uint32_t name_code, uint32_t parent)
{
    const session *s = b->session;
    oat_bench_row *row = &b->rows[b->count];
    *row = (oat_bench_row){.span_id = oat_random_id(&b->dice->random),
                           .start_ns = b->cursor_ns,
                           .cost_total = OAT_BENCH_NO_COST,
                           .cost_input = OAT_BENCH_NO_COST,
                           .cost_output = OAT_BENCH_NO_COST,
                           .tokens = {OAT_BENCH_NOT_SET, OAT_BENCH_NOT_SET, OAT_BENCH_NOT_SET},
                           .ttft_us = OAT_BENCH_NOT_SET,
                           .prompt_version = OAT_BENCH_NOT_SET,
                           .exit_code = OAT_BENCH_NOT_SET,
                           .run = (uint16_t)b->runs->batch.runs,
                           .type = (uint8_t)type};
    memcpy(row->trace_id, b->trace_id, sizeof row->trace_id);
    if (b->count > 0)
        row->parent_id = b->rows[parent].span_id;
    row->text[OAT_TEXT_NAME] = name_code;
    row->text[OAT_TEXT_SERVICE] = s->trade->service_code[s->agent];
    row->text[OAT_TEXT_ENVIRONMENT] = s->environment_code;
    row->text[OAT_TEXT_AGENT] = s->trade->agent_code[s->agent];
    row->text[OAT_TEXT_SESSION] = s->code;
    row->text[OAT_TEXT_USER] = s->user_code;
    row->attr[OAT_BENCH_REGION] = s->region_code;
    row->attr[OAT_BENCH_TENANT] = s->tenant_code;
    bool rare = oat_bench_chance(b->dice, 0.001);
    row->attr[OAT_BENCH_EXPERIMENT] =
        rare ? b->runs->world->experiment_code[OAT_BENCH_SHADOW] : s->experiment_code;
    set_status(b, row);
    b->count++;
    return row;
}

/* Ends a leaf after a time that is usual for its type. */
static void end(builder *b, oat_bench_row *row)
{
    row->duration_ns = duration_of(b->dice, row->type);
    b->cursor_ns = row->start_ns + row->duration_ns;
}

/* ---- Model calls ---- */

static void set_usage(oat_bench_row *row, const oat_bench_model *model, uint32_t input, uint32_t cached,
                      uint32_t output)
{
    bool caches = model->cached_nano < model->input_nano && model->cached_nano > 0;
    row->text[OAT_TEXT_MODEL] = model->name_code;
    row->text[OAT_TEXT_PROVIDER] = model->provider_code;
    row->tokens[OAT_COUNT_INPUT] = input;
    if (model->output_nano > 0)
        row->tokens[OAT_COUNT_OUTPUT] = output;
    if (caches)
        row->tokens[OAT_COUNT_CACHED] = cached;
    else
        cached = 0;
    row->cost_input = (int64_t)(input - cached) * model->input_nano + (int64_t)cached * model->cached_nano;
    row->cost_output = (int64_t)output * model->output_nano;
    row->cost_total = row->cost_input + row->cost_output;
}

static void say(builder *b, const char *role, uint32_t tokens)
{
    oat_bench_conversation *c = b->conversation;
    oat_bench_quote(c, c->len == 0 ? "[" : ",", 1);
    oat_bench_quote(c, "{\"role\":\"", 9);
    oat_bench_quote(c, role, strlen(role));
    oat_bench_quote(c, "\",\"content\":\"", 13);
    oat_bench_say(c, b->runs->language, b->dice, (size_t)tokens * BYTES_PER_TOKEN);
    oat_bench_quote(c, "\"}", 2);
}

/* A model call's payloads: all that was said so far, and the answer. */
static void converse(builder *b, oat_bench_row *row, uint32_t growth, uint32_t output)
{
    say(b, b->conversation->len == 0 ? "system" : "user", growth);
    row->input_len = (uint32_t)b->conversation->len;
    row->output_at = row->input_len + 1;
    say(b, "assistant", output);
    row->output_len = (uint32_t)b->conversation->len - row->output_at;
}

static void add_model_call(builder *b, uint32_t parent)
{
    const oat_bench_model *model = b->model;
    oat_bench_world *world = b->runs->world;
    oat_bench_row *row = begin(b, OAT_LLM, model->chat_code, parent);
    bool first = b->prompt_tokens == 0 || b->prompt_tokens > CONTEXT_TOKENS;
    uint32_t before = first ? 0 : b->prompt_tokens;
    uint32_t growth = first ? tokens_of(b->dice, model->first_tokens, 0.05)
                            : tokens_of(b->dice, model->growth_tokens, model->growth_sigma);
    uint32_t output = tokens_of(b->dice, model->output_tokens, model->output_sigma);
    b->prompt_tokens = before + growth;
    set_usage(row, model, b->prompt_tokens, oat_bench_chance(b->dice, 0.8) ? before : 0, output);
    row->text[OAT_TEXT_OPERATION] = world->chat_operation;
    row->text[OAT_TEXT_PROMPT_NAME] = b->session->trade->prompt_code[b->session->agent];
    /* A new version of each prompt every four days. */
    row->prompt_version = 1 + b->session->agent + oat_day_of(row->start_ns) % 28 / 4;
    row->response_id = oat_random_id(&b->dice->random);
    double finish = oat_bench_uniform(b->dice);
    row->attr[OAT_BENCH_FINISH_REASON] = world->finish_code[finish < 0.6     ? OAT_BENCH_TOOL_CALLS
                                                            : finish < 0.995 ? OAT_BENCH_STOP
                                                                             : OAT_BENCH_LENGTH];
    if (b->conversation)
        converse(b, row, growth, output);
    end(b, row);
    if (oat_bench_chance(b->dice, 0.7)) {
        double ttft_ns = oat_bench_log_normal(b->dice, 700, 0.5) * NS_PER_MS;
        double most_ns = 0.9 * (double)row->duration_ns;
        row->ttft_us = (uint32_t)((ttft_ns < most_ns ? ttft_ns : most_ns) / 1000);
    }
    b->parent_step = 0;
}

static void add_embedding(builder *b, uint32_t parent)
{
    oat_bench_row *row = begin(b, OAT_EMBEDDING, b->runs->world->step_code[OAT_BENCH_EMBED], parent);
    set_usage(row, &b->runs->world->embedder, tokens_of(b->dice, 120, 0.9), 0, 0);
    row->text[OAT_TEXT_OPERATION] = b->runs->world->embed_operation;
    end(b, row);
}

/* ---- Other steps ---- */

static void add_tool(builder *b, uint32_t parent)
{
    const oat_bench_tool *tool = oat_bench_trade_tool(b->session->trade, b->dice);
    oat_bench_row *row = begin(b, OAT_TOOL, tool->code, parent);
    row->text[OAT_TEXT_OPERATION] = b->runs->world->tool_operation;
    row->exit_code = row->status == OAT_STATUS_ERROR ? 1 + oat_bench_zipf(b->dice, 127) : 0;
    end(b, row);
    b->parent_step = b->count - 1;
}

static void open_scope(builder *b, enum oat_span_type type, uint32_t name_code)
{
    oat_bench_row *row = begin(b, type, name_code, b->depth ? b->scope[b->depth - 1] : 0);
    if (type == OAT_AGENT)
        row->text[OAT_TEXT_OPERATION] = b->runs->world->agent_operation;
    b->scope[b->depth++] = b->count - 1;
    b->parent_step = 0;
}

static void close_scope(builder *b)
{
    oat_bench_row *row = &b->rows[b->scope[--b->depth]];
    b->cursor_ns += duration_of(b->dice, row->type);
    row->duration_ns = b->cursor_ns - row->start_ns;
    b->parent_step = 0;
}

/* What tools and retrievals do by the way: inside the last one, which ends after it. */
static void add_inner(builder *b, enum oat_span_type type, enum oat_bench_step step)
{
    uint32_t outer = b->parent_step;
    uint32_t parent = outer ? outer : b->scope[b->depth - 1];
    if (type == OAT_EMBEDDING)
        add_embedding(b, parent);
    else
        end(b, begin(b, type, b->runs->world->step_code[step], parent));
    if (outer) {
        b->cursor_ns += pause_of(b->dice);
        b->rows[outer].duration_ns = b->cursor_ns - b->rows[outer].start_ns;
    }
}

static void add_step(builder *b)
{
    static const struct {
        double share;
        uint8_t type, step;
    } steps[] = {
        {0.4125, OAT_LLM, 0},
        {0.33, OAT_TOOL, 0},
        {0.04, OAT_CHAIN, OAT_BENCH_PLAN},
        {0.03, OAT_CHAIN, OAT_BENCH_REFLECT},
        {0.05, OAT_HTTP, OAT_BENCH_POST},
        {0.03, OAT_RETRIEVAL, OAT_BENCH_RETRIEVE},
        {0.03, OAT_EMBEDDING, OAT_BENCH_EMBED},
        {0.03, OAT_GUARDRAIL, OAT_BENCH_CHECK},
        {0.02, OAT_DATABASE, OAT_BENCH_SELECT},
        {0.01, OAT_AGENT, OAT_BENCH_DELEGATE},
        {0.01, OAT_MEMORY, OAT_BENCH_RECALL},
        {0.004, OAT_CACHE, OAT_BENCH_CACHE},
        {1, OAT_FILE_IO, OAT_BENCH_READ},
    };
    double draw = oat_bench_uniform(b->dice);
    unsigned i = 0;
    for (; draw >= steps[i].share; i++)
        draw -= steps[i].share;
    uint32_t name_code = b->runs->world->step_code[steps[i].step];
    uint32_t parent = b->scope[b->depth - 1];
    b->cursor_ns += pause_of(b->dice);
    switch (steps[i].type) {
    case OAT_LLM:
        add_model_call(b, parent);
        break;
    case OAT_TOOL:
        add_tool(b, parent);
        break;
    case OAT_AGENT:
    case OAT_CHAIN:
        if (b->depth == SCOPES)
            close_scope(b);
        open_scope(b, steps[i].type, name_code);
        break;
    case OAT_RETRIEVAL:
    case OAT_GUARDRAIL:
        end(b, begin(b, steps[i].type, name_code, parent));
        b->parent_step = steps[i].type == OAT_RETRIEVAL ? b->count - 1 : 0;
        break;
    default:
        add_inner(b, steps[i].type, steps[i].step);
    }
    if (b->depth > 1 && oat_bench_chance(b->dice, 0.2))
        close_scope(b);
}

/* ---- Runs ---- */

static const session *draw_session(oat_bench_runs *runs)
{
    oat_bench_dice *dice = &runs->dice;
    oat_bench_world *world = runs->world;
    session *s = &runs->recent[oat_bench_below(dice, RECENT_SESSIONS)];
    if (s->code != 0 && oat_bench_chance(dice, 2.0 / 3))
        return s;
    uint64_t environment = oat_bench_below(dice, 100);
    *s = (session){.trade = oat_bench_world_trade(world, dice),
                   .agent = oat_bench_zipf(dice, OAT_BENCH_AGENTS)};
    s->code = oat_bench_texts_add(&world->texts, "sess-%08x", (unsigned)oat_bench_draw(dice));
    s->user_code = world->user_code[oat_bench_zipf(dice, world->users)];
    s->environment_code = world->environment_code[environment < 85 ? 0 : environment < 97 ? 1 : 2];
    s->region_code = world->region_code[oat_bench_zipf(dice, OAT_BENCH_REGIONS)];
    s->tenant_code = world->tenant_code[oat_bench_zipf(dice, OAT_BENCH_TENANTS)];
    s->experiment_code =
        world->experiment_code[oat_bench_chance(dice, 0.5) ? OAT_BENCH_CONTROL : OAT_BENCH_VARIANT];
    return s;
}

static uint32_t draw_span_count(oat_bench_runs *runs)
{
    uint64_t left = runs->plan.spans - runs->done;
    double drawn = oat_bench_log_normal(&runs->dice, SPANS_MEDIAN, SPANS_SIGMA);
    uint32_t count = drawn < SPANS_LEAST ? SPANS_LEAST : (uint32_t)drawn;
    if (count > OAT_BENCH_RUN_SPANS)
        count = OAT_BENCH_RUN_SPANS;
    return count < left ? count : (uint32_t)left;
}

static void add_run(oat_bench_runs *runs)
{
    oat_bench_batch *batch = &runs->batch;
    uint32_t wanted = draw_span_count(runs);
    double share = ((double)runs->done + oat_bench_uniform(&runs->dice) * wanted) / (double)runs->plan.spans;
    builder b = {.runs = runs,
                 .dice = &runs->dice,
                 .session = draw_session(runs),
                 .rows = batch->rows + batch->count,
                 .cursor_ns = runs->plan.begin_ns +
                              (uint64_t)(share * (double)(runs->plan.end_ns - runs->plan.begin_ns))};
    b.trace_id[0] = oat_bench_draw(b.dice);
    b.trace_id[1] = oat_random_id(&b.dice->random);
    b.model = oat_bench_trade_model(b.session->trade, b.dice);
    batch->conversations[batch->runs].len = 0;
    if (oat_bench_chance(b.dice, runs->plan.payloads))
        b.conversation = &batch->conversations[batch->runs];
    open_scope(&b, OAT_AGENT, b.session->trade->invoke_code[b.session->agent]);
    while (b.count < wanted)
        add_step(&b);
    while (b.depth > 0)
        close_scope(&b);
    batch->count += wanted;
    batch->runs++;
    runs->done += wanted;
}

oat_bench_runs *oat_bench_runs_open(const oat_bench_plan *plan, oat_bench_world *world)
{
    oat_bench_runs *runs = calloc(1, sizeof *runs);
    if (!runs)
        oat_bench_fail("memory");
    runs->plan = *plan;
    runs->world = world;
    oat_bench_dice_seed(&runs->dice, plan->seed);
    runs->language = oat_bench_language_open(&runs->dice);
    runs->batch.room = (size_t)plan->batch_runs * OAT_BENCH_RUN_SPANS;
    runs->batch.rows = calloc(runs->batch.room, sizeof *runs->batch.rows);
    runs->batch.conversations = calloc(plan->batch_runs, sizeof *runs->batch.conversations);
    if (!runs->batch.rows || !runs->batch.conversations)
        oat_bench_fail("memory");
    return runs;
}

void oat_bench_runs_close(oat_bench_runs *runs)
{
    for (unsigned i = 0; i < runs->plan.batch_runs; i++)
        free(runs->batch.conversations[i].bytes);
    free(runs->batch.conversations);
    free(runs->batch.rows);
    oat_bench_language_close(runs->language);
    free(runs);
}

const oat_bench_batch *oat_bench_runs_next(oat_bench_runs *runs)
{
    runs->batch.count = 0;
    runs->batch.runs = 0;
    while (runs->batch.runs < runs->plan.batch_runs && runs->done < runs->plan.spans)
        add_run(runs);
    return runs->batch.count > 0 ? &runs->batch : NULL;
}
