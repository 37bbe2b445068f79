/* Who works in a generated store: agents with their models and tools, in the proportions of recorded
 * agent runs, and every text that spans carry.
 *
 * Where the numbers come from. Recorded runs: 200 of tau-bench (airline, gpt-4o), 101 of tau2-bench
 * (airline and telecom, four models), 12 of OpenHands (claude-sonnet-4), 43 of SWE-agent and 17 of
 * AutoCodeRover (gpt-4); 4,915 model calls. From them: which share of the calls each model has; per
 * model, the tokens of the first prompt of a run, by how many the prompt grows from call to call and
 * the tokens of an answer (median and sigma of a log-normal fit; for gpt-4o and gpt-4, whose files
 * have no counts per call, from bytes at 3.8 bytes a token, and 2,400 tokens of tool schemas); which
 * share of the tool calls each tool has. Prices: those of the base tier in August 2026. */
#ifndef OAT_BENCH_WORLD_H
#define OAT_BENCH_WORLD_H

#include "bench/support/dice.h"
#include "bench/support/texts.h"

typedef struct oat_bench_model {
    const char *name;
    const char *provider;
    unsigned calls; /* in the recorded runs */
    double first_tokens;
    double growth_tokens, growth_sigma;
    double output_tokens, output_sigma;
    uint32_t input_nano, cached_nano, output_nano; /* dollars * 10^-9 a token */
    uint32_t name_code, provider_code, chat_code;  /* texts; chat: the name of its spans */
} oat_bench_model;

typedef struct oat_bench_tool {
    const char *name;
    unsigned calls; /* in the recorded runs */
    uint32_t code;  /* text: the name of its spans */
} oat_bench_tool;

#define OAT_BENCH_MODELS 4u /* of a kind of agent */
#define OAT_BENCH_TOOLS  16u
#define OAT_BENCH_AGENTS 3u /* agents of a kind: they differ in nothing but name and service */

/* A kind of agent. */
typedef struct oat_bench_trade {
    const char *service[OAT_BENCH_AGENTS];
    const char *agent[OAT_BENCH_AGENTS];
    oat_bench_model models[OAT_BENCH_MODELS]; /* up to one without a name */
    oat_bench_tool tools[OAT_BENCH_TOOLS];    /* likewise */
    unsigned model_calls, tool_calls;         /* sums */
    uint32_t service_code[OAT_BENCH_AGENTS];
    uint32_t agent_code[OAT_BENCH_AGENTS];
    uint32_t invoke_code[OAT_BENCH_AGENTS]; /* the name of its root spans */
    uint32_t prompt_code[OAT_BENCH_AGENTS];
} oat_bench_trade;

#define OAT_BENCH_TRADES       4u
#define OAT_BENCH_REGIONS      8u
#define OAT_BENCH_TENANTS      500u
#define OAT_BENCH_ENVIRONMENTS 3u
#define OAT_BENCH_MESSAGES     6u  /* kinds of status messages */
#define OAT_BENCH_NUMBERS      60u /* each has one of so many numbers in it */

/* Attributes that every span has, then those of llm spans and of tool spans. */
enum oat_bench_attr {
    OAT_BENCH_REGION, /* 8 values, one a session */
    OAT_BENCH_TENANT, /* 500 values, one a session */
    OAT_BENCH_EXPERIMENT,
    OAT_BENCH_FINISH_REASON,
    OAT_BENCH_TEXT_ATTRS,
};
enum oat_bench_experiment { OAT_BENCH_CONTROL, OAT_BENCH_VARIANT, OAT_BENCH_SHADOW, OAT_BENCH_EXPERIMENTS };
enum oat_bench_finish { OAT_BENCH_STOP, OAT_BENCH_TOOL_CALLS, OAT_BENCH_LENGTH, OAT_BENCH_FINISHES };

/* Spans that are no model call and no call of the trade's tools. */
enum oat_bench_step {
    OAT_BENCH_PLAN,
    OAT_BENCH_REFLECT,
    OAT_BENCH_RETRIEVE,
    OAT_BENCH_EMBED,
    OAT_BENCH_CHECK,
    OAT_BENCH_POST,
    OAT_BENCH_SELECT,
    OAT_BENCH_DELEGATE,
    OAT_BENCH_RECALL,
    OAT_BENCH_CACHE,
    OAT_BENCH_READ,
    OAT_BENCH_STEPS,
};

typedef struct oat_bench_world {
    oat_bench_texts texts;
    oat_bench_trade trades[OAT_BENCH_TRADES];
    unsigned calls; /* of all trades: their weights */
    oat_bench_model embedder;
    uint32_t step_code[OAT_BENCH_STEPS];
    uint32_t environment_code[OAT_BENCH_ENVIRONMENTS];
    uint32_t region_code[OAT_BENCH_REGIONS];
    uint32_t tenant_code[OAT_BENCH_TENANTS];
    uint32_t experiment_code[OAT_BENCH_EXPERIMENTS];
    uint32_t finish_code[OAT_BENCH_FINISHES];
    uint32_t chat_operation, tool_operation, agent_operation, embed_operation;
    uint32_t message_code[OAT_BENCH_MESSAGES][OAT_BENCH_NUMBERS];
    uint32_t *user_code;
    uint32_t users;
} oat_bench_world;

extern const char *const oat_bench_attr_names[OAT_BENCH_TEXT_ATTRS];
#define OAT_BENCH_EXIT_CODE "exit_code" /* of tool spans: a number */

/* users: how many there are. Ends the program when out of memory. Free with oat_bench_world_free. */
void oat_bench_world_open(uint32_t users, oat_bench_world *ret);
void oat_bench_world_close(oat_bench_world *world);

/* One of each, by its weight. Borrowed from the world. */
const oat_bench_trade *oat_bench_world_trade(const oat_bench_world *world, oat_bench_dice *dice);
const oat_bench_model *oat_bench_trade_model(const oat_bench_trade *trade, oat_bench_dice *dice);
const oat_bench_tool *oat_bench_trade_tool(const oat_bench_trade *trade, oat_bench_dice *dice);

#endif
