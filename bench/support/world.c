#include "bench/support/world.h"

#include "bench/support/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const oat_bench_attr_names[OAT_BENCH_TEXT_ATTRS] = {
    [OAT_BENCH_REGION] = "region",
    [OAT_BENCH_TENANT] = "tenant",
    [OAT_BENCH_EXPERIMENT] = "experiment",
    [OAT_BENCH_FINISH_REASON] = "finish_reason",
};

/* name, provider, calls, first prompt, growth and its sigma, answer and its sigma, prices */
static const oat_bench_trade trades[OAT_BENCH_TRADES] = {
    {.service = {"airline-desk", "airline-web", "airline-voice"},
     .agent = {"booking", "refunds", "rebooking"},
     .models = {{"gpt-4o", "openai", 2454, 3380, 174, 0.63, 62, 0.70, 2500, 1250, 10000, 0, 0, 0},
                {"gpt-5.4", "openai", 525, 3383, 214, 0.92, 67, 0.88, 2500, 250, 15000, 0, 0, 0},
                {"claude-sonnet-4-6", "anthropic", 98, 6477, 372, 1.02, 172, 0.89, 3000, 300, 15000, 0, 0, 0},
                {"deepseek-chat", "deepseek", 79, 6326, 289, 0.89, 128, 0.79, 270, 70, 1100, 0, 0, 0}},
     .tools = {{"get_reservation_details", 543, 0},
               {"search_direct_flight", 228, 0},
               {"get_user_details", 176, 0},
               {"get_flight_status", 144, 0},
               {"update_reservation_flights", 126, 0},
               {"calculate", 109, 0},
               {"think", 92, 0},
               {"cancel_reservation", 85, 0},
               {"transfer_to_human_agents", 72, 0},
               {"book_reservation", 67, 0},
               {"search_onestop_flight", 60, 0},
               {"update_reservation_baggages", 19, 0},
               {"send_certificate", 8, 0}}},
    {.service = {"telecom-care", "telecom-app", "telecom-night"},
     .agent = {"line-doctor", "billing", "roaming"},
     .models = {{"gpt-4.1", "openai", 606, 7677, 72, 0.82, 16, 0.52, 2000, 500, 8000, 0, 0, 0}},
     .tools = {{"get_details_by_id", 128, 0},
               {"can_send_mms", 51, 0},
               {"get_customer_by_phone", 40, 0},
               {"run_speed_test", 32, 0},
               {"check_status_bar", 23, 0},
               {"check_apn_settings", 23, 0},
               {"check_network_status", 21, 0},
               {"toggle_roaming", 20, 0},
               {"check_sim_status", 17, 0},
               {"toggle_airplane_mode", 16, 0},
               {"reboot_device", 16, 0},
               {"resume_line", 15, 0}}},
    {.service = {"issue-fixer", "nightly-fixer", "review-bot"},
     .agent = {"repair", "locate", "patch"},
     .models = {{"gpt-4", "openai", 618, 2400, 730, 0.75, 150, 0.58, 30000, 30000, 60000, 0, 0, 0}},
     .tools = {{"edit", 86, 0},
               {"search_method_in_file", 67, 0},
               {"open", 57, 0},
               {"submit", 40, 0},
               {"search_file", 38, 0},
               {"scroll_down", 37, 0},
               {"find_file", 36, 0},
               {"goto", 36, 0},
               {"search_method", 34, 0},
               {"create", 27, 0},
               {"search_dir", 27, 0},
               {"search_method_in_class", 27, 0},
               {"search_class", 24, 0},
               {"write_patch", 17, 0}}},
    {.service = {"workbench", "workbench-batch", "ops-shell"},
     .agent = {"coder", "sysadmin", "analyst"},
     .models = {{"claude-sonnet-4-20250514", "anthropic", 534, 3826, 439, 1.02, 130, 0.88, 3000, 300, 15000,
                 0, 0, 0}},
     .tools = {{"execute_bash", 792, 0},
               {"str_replace_editor", 220, 0},
               {"think", 22, 0},
               {"execute_ipython_cell", 12, 0},
               {"finish", 11, 0}}},
};

static const char *const step_names[OAT_BENCH_STEPS] = {
    [OAT_BENCH_PLAN] = "plan",
    [OAT_BENCH_REFLECT] = "reflect",
    [OAT_BENCH_RETRIEVE] = "retrieve policies",
    [OAT_BENCH_EMBED] = "embeddings text-embedding-3-small",
    [OAT_BENCH_CHECK] = "check answer",
    [OAT_BENCH_POST] = "POST",
    [OAT_BENCH_SELECT] = "SELECT",
    [OAT_BENCH_DELEGATE] = "delegate",
    [OAT_BENCH_RECALL] = "recall",
    [OAT_BENCH_CACHE] = "GET",
    [OAT_BENCH_READ] = "read",
};

static void name_model(oat_bench_texts *texts, oat_bench_model *model)
{
    model->name_code = oat_bench_texts_add(texts, "%s", model->name);
    model->provider_code = oat_bench_texts_find_or_add(texts, model->provider);
    model->chat_code = oat_bench_texts_add(texts, "chat %s", model->name);
}

static void name_trade(oat_bench_texts *texts, oat_bench_trade *trade)
{
    for (unsigned i = 0; i < OAT_BENCH_AGENTS; i++) {
        trade->service_code[i] = oat_bench_texts_add(texts, "%s", trade->service[i]);
        trade->agent_code[i] = oat_bench_texts_add(texts, "%s", trade->agent[i]);
        trade->invoke_code[i] = oat_bench_texts_add(texts, "invoke_agent %s", trade->agent[i]);
        trade->prompt_code[i] = oat_bench_texts_add(texts, "%s-system", trade->agent[i]);
    }
    for (unsigned i = 0; i < OAT_BENCH_MODELS && trade->models[i].name; i++) {
        name_model(texts, &trade->models[i]);
        trade->model_calls += trade->models[i].calls;
    }
    for (unsigned i = 0; i < OAT_BENCH_TOOLS && trade->tools[i].name; i++) {
        char name[64];
        snprintf(name, sizeof name, "execute_tool %s", trade->tools[i].name);
        trade->tools[i].code = oat_bench_texts_find_or_add(texts, name);
        trade->tool_calls += trade->tools[i].calls;
    }
}

static void name_attributes(oat_bench_world *world)
{
    static const char *const regions[OAT_BENCH_REGIONS] = {"eu-central", "eu-west",  "us-east",  "us-west",
                                                           "ap-south",   "ap-north", "sa-south", "af-south"};
    static const char *const experiments[OAT_BENCH_EXPERIMENTS] = {"control", "variant", "shadow"};
    static const char *const finishes[OAT_BENCH_FINISHES] = {"stop", "tool_calls", "length"};
    for (unsigned i = 0; i < OAT_BENCH_REGIONS; i++)
        world->region_code[i] = oat_bench_texts_add(&world->texts, "%s", regions[i]);
    for (unsigned i = 0; i < OAT_BENCH_TENANTS; i++)
        world->tenant_code[i] = oat_bench_texts_add(&world->texts, "tenant-%03u", i);
    for (unsigned i = 0; i < OAT_BENCH_EXPERIMENTS; i++)
        world->experiment_code[i] = oat_bench_texts_add(&world->texts, "%s", experiments[i]);
    for (unsigned i = 0; i < OAT_BENCH_FINISHES; i++)
        world->finish_code[i] = oat_bench_texts_add(&world->texts, "%s", finishes[i]);
}

static void name_messages(oat_bench_world *world)
{
    oat_bench_texts *texts = &world->texts;
    for (unsigned k = 0; k < OAT_BENCH_NUMBERS; k++) {
        uint32_t *codes[OAT_BENCH_MESSAGES];
        unsigned n = k + 1;
        for (unsigned i = 0; i < OAT_BENCH_MESSAGES; i++)
            codes[i] = &world->message_code[i][k];
        *codes[0] = oat_bench_texts_add(texts, "command timed out after %u s", 5 * n);
        *codes[1] = oat_bench_texts_add(texts, "exit code %u", n);
        *codes[2] = oat_bench_texts_add(texts, "rate limited: try again in %u s", n);
        *codes[3] = oat_bench_texts_add(texts, "connection reset by 10.0.3.%u", n);
        *codes[4] = oat_bench_texts_add(texts, "reservation %06u not found", 7919 * n);
        *codes[5] = oat_bench_texts_add(texts, "context window exceeded by %u tokens", 131 * n);
    }
}

void oat_bench_world_open(uint32_t users, oat_bench_world *ret)
{
    static const char *const environments[OAT_BENCH_ENVIRONMENTS] = {"production", "staging", "dev"};
    memset(ret, 0, sizeof *ret);
    memcpy(ret->trades, trades, sizeof trades);
    for (unsigned i = 0; i < OAT_BENCH_TRADES; i++) {
        name_trade(&ret->texts, &ret->trades[i]);
        ret->calls += ret->trades[i].model_calls;
    }
    ret->embedder =
        (oat_bench_model){.name = "text-embedding-3-small", .provider = "openai", .input_nano = 20};
    name_model(&ret->texts, &ret->embedder);
    for (unsigned i = 0; i < OAT_BENCH_STEPS; i++)
        ret->step_code[i] = oat_bench_texts_add(&ret->texts, "%s", step_names[i]);
    for (unsigned i = 0; i < OAT_BENCH_ENVIRONMENTS; i++)
        ret->environment_code[i] = oat_bench_texts_add(&ret->texts, "%s", environments[i]);
    ret->chat_operation = oat_bench_texts_add(&ret->texts, "chat");
    ret->tool_operation = oat_bench_texts_add(&ret->texts, "execute_tool");
    ret->agent_operation = oat_bench_texts_add(&ret->texts, "invoke_agent");
    ret->embed_operation = oat_bench_texts_add(&ret->texts, "embeddings");
    name_attributes(ret);
    name_messages(ret);
    ret->users = users;
    ret->user_code = calloc(users, sizeof *ret->user_code);
    if (!ret->user_code)
        oat_bench_fail("memory");
    for (uint32_t i = 0; i < users; i++)
        ret->user_code[i] = oat_bench_texts_add(&ret->texts, "user-%06u", i);
}

void oat_bench_world_close(oat_bench_world *world)
{
    free(world->user_code);
    oat_bench_texts_free(&world->texts);
}

const oat_bench_trade *oat_bench_world_trade(const oat_bench_world *world, oat_bench_dice *dice)
{
    unsigned left = oat_bench_below(dice, world->calls);
    const oat_bench_trade *trade = world->trades;
    for (; left >= trade->model_calls; trade++)
        left -= trade->model_calls;
    return trade;
}

const oat_bench_model *oat_bench_trade_model(const oat_bench_trade *trade, oat_bench_dice *dice)
{
    unsigned left = oat_bench_below(dice, trade->model_calls);
    const oat_bench_model *model = trade->models;
    for (; left >= model->calls; model++)
        left -= model->calls;
    return model;
}

const oat_bench_tool *oat_bench_trade_tool(const oat_bench_trade *trade, oat_bench_dice *dice)
{
    unsigned left = oat_bench_below(dice, trade->tool_calls);
    const oat_bench_tool *tool = trade->tools;
    for (; left >= tool->calls; tool++)
        left -= tool->calls;
    return tool;
}
