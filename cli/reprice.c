#include "cli/reprice.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/text.h"
#include "cli/units.h"
#include "compactor/compact.h"
#include "format/json_write.h"
#include "pricing/prices.h"
#include "reader/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (UINT64_C(512) << 20)
#define NAME_WIDTH   36u

enum { OPTION_DRY_RUN };

static const struct oat_cli_option options[] = {
    {"dry-run", 'n', NULL, "only say what would change"},
    {0},
};

/* ---- What it comes to ---- */

/* Where most money moves first. */
static int compare_models(const void *x, const void *y)
{
    const struct oat_repriced_model *a = x, *b = y;
    int64_t moved_a = llabs(a->after_nano - a->before_nano), moved_b = llabs(b->after_nano - b->before_nano);
    if (moved_a != moved_b)
        return moved_a > moved_b ? -1 : 1;
    if (a->changed + a->unpriced != b->changed + b->unpriced)
        return a->changed + a->unpriced > b->changed + b->unpriced ? -1 : 1;
    int order = strcmp(a->model, b->model);
    return order != 0 ? order : strcmp(a->provider, b->provider);
}

static struct oat_repriced_model sum_up(const struct oat_reprice_survey *survey)
{
    struct oat_repriced_model sum = {0};
    for (size_t i = 0; i < survey->count; i++) {
        const struct oat_repriced_model *model = &survey->models[i];
        sum.changed += model->changed;
        sum.unpriced += model->unpriced;
        sum.before_nano += model->before_nano;
        sum.after_nano += model->after_nano;
    }
    return sum;
}

static void put_figures(struct oat_json *json, const struct oat_repriced_model *model)
{
    oat_json_key(json, "spans");
    oat_json_uint(json, model->changed);
    oat_json_key(json, "unpriced_spans");
    oat_json_uint(json, model->unpriced);
    oat_json_key(json, "cost_before");
    oat_json_fixed(json, model->before_nano, 9);
    oat_json_key(json, "cost_after");
    oat_json_fixed(json, model->after_nano, 9);
}

static int print_json(const struct oat_reprice_survey *survey, bool done, bool dry_run)
{
    struct oat_repriced_model sum = sum_up(survey);
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_key(&json, "dry_run");
    oat_json_bool(&json, dry_run);
    oat_json_key(&json, "done");
    oat_json_bool(&json, done);
    put_figures(&json, &sum);
    oat_json_key(&json, "models");
    oat_json_array_begin(&json);
    for (size_t i = 0; i < survey->count; i++) {
        const struct oat_repriced_model *model = &survey->models[i];
        if (model->changed + model->unpriced == 0)
            continue;
        oat_json_object_begin(&json);
        oat_json_key(&json, "model");
        oat_json_cstring(&json, *model->model ? model->model : NULL);
        oat_json_key(&json, "provider");
        oat_json_cstring(&json, *model->provider ? model->provider : NULL);
        put_figures(&json, model);
        oat_json_object_end(&json);
    }
    oat_json_array_end(&json);
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

static void print_figures(const struct oat_repriced_model *model)
{
    int64_t moved = model->after_nano - model->before_nano;
    char text[OAT_UNIT_SIZE], signed_text[OAT_UNIT_SIZE + 1];
    oat_print_right(oat_count_text(model->changed, text), 9);
    oat_print_right(oat_cost_text(model->before_nano, text), 12);
    oat_print_right(oat_cost_text(model->after_nano, text), 12);
    snprintf(signed_text, sizeof signed_text, "%s%s", moved < 0 ? "-" : "+",
             oat_cost_text(llabs(moved), text));
    oat_print_right(signed_text, 13);
    putchar('\n');
}

static void print_model(const struct oat_repriced_model *model)
{
    char name[NAME_WIDTH * 8];
    snprintf(name, sizeof name, "%s%s%s", model->provider, *model->provider ? " " : "",
             *model->model ? model->model : "(no model)");
    size_t columns = oat_print_text(stdout, name, strlen(name), NAME_WIDTH);
    oat_print_spaces(stdout, NAME_WIDTH - columns);
    print_figures(model);
}

static void print_unpriced(const struct oat_reprice_survey *survey, uint64_t unpriced)
{
    char text[OAT_UNIT_SIZE];
    if (unpriced == 0)
        return;
    printf("%s without a price:", oat_amount_text(unpriced, "span", text));
    for (size_t i = 0; i < survey->count; i++) {
        const struct oat_repriced_model *model = &survey->models[i];
        if (model->unpriced == 0)
            continue;
        fputs("\n  ", stdout);
        oat_print_text(stdout, *model->model ? model->model : "(no model)",
                       *model->model ? strlen(model->model) : strlen("(no model)"), NAME_WIDTH);
        printf(" %" PRIu64, model->unpriced);
    }
    putchar('\n');
}

static void print_table(const struct oat_reprice_survey *survey, const struct oat_repriced_model *sum)
{
    printf("%-*s%9s%12s%12s%13s\n", (int)NAME_WIDTH, "MODEL", "SPANS", "BEFORE", "AFTER", "DIFFERENCE");
    for (size_t i = 0; i < survey->count; i++)
        if (survey->models[i].changed > 0)
            print_model(&survey->models[i]);
    printf("%-*s", (int)NAME_WIDTH, "all");
    print_figures(sum);
}

static int print_result(const struct oat_cli *cli, struct oat_reprice_survey *survey, uint64_t left,
                        bool dry_run)
{
    struct oat_repriced_model sum = sum_up(survey);
    char text[OAT_UNIT_SIZE];
    if (survey->count > 0)
        qsort(survey->models, survey->count, sizeof *survey->models, compare_models);
    if (cli->json)
        return print_json(survey, !dry_run && left == 0, dry_run);
    if (sum.changed == 0)
        puts("all costs are as prices have them now");
    else
        print_table(survey, &sum);
    print_unpriced(survey, sum.unpriced);
    if (left > 0)
        printf("%s not written anew yet: of running writers, or damaged (oat verify); run it again\n",
               oat_amount_text(left, "span", text));
    return OAT_OK;
}

/* ---- Running ---- */

static int survey(oat_store *store, const struct oat_price_table *prices, struct oat_reprice_survey *ret)
{
    oat_snapshot *snapshot;
    int result = oat_snapshot_take(store, &snapshot);
    if (result != OAT_OK)
        return result;
    result = oat_reprice_survey(snapshot, prices, ret);
    oat_snapshot_free(snapshot);
    return result;
}

static int write_anew(const struct oat_cli *cli, const oat_store *store, const struct oat_reprice *reprice)
{
    char why[OAT_COMPACT_WHY_SIZE];
    struct oat_compact_summary summary;
    struct oat_compact_options compaction = {.wait = true,
                                             .before_day = UINT32_MAX,
                                             .reprice = reprice,
                                             .memory_bytes = MEMORY_BYTES,
                                             .unindexed_parts = OAT_UNINDEXED_PARTS,
                                             .threads = 2};
    int result = oat_compact_run(store, &compaction, &summary, why);
    if (result != OAT_OK)
        oat_cli_fail("reprice: %s: %s", cli->dir, why);
    return result;
}

/* What is not as prices have it, after all: spans. */
static int count_left(oat_store *store, const struct oat_price_table *prices, uint64_t *ret)
{
    struct oat_reprice_survey after = {0};
    int result = survey(store, prices, &after);
    *ret = sum_up(&after).changed;
    oat_reprice_survey_free(&after);
    return result;
}

static int reprice(const struct oat_cli *cli, oat_store *store, const struct oat_price_table *prices,
                   bool dry_run)
{
    struct oat_reprice_survey found = {0};
    struct oat_reprice reprice = {prices, &found.days};
    uint64_t left = 0;
    int result = survey(store, prices, &found);
    if (result == OAT_OK && found.days.count > 0 && !dry_run) {
        if (write_anew(cli, store, &reprice) != OAT_OK) {
            oat_reprice_survey_free(&found);
            return OAT_EXIT_FAILED;
        }
        result = count_left(store, prices, &left);
    }
    if (result == OAT_OK)
        result = print_result(cli, &found, left, dry_run);
    bool whole = left == 0 && !found.partial;
    oat_reprice_survey_free(&found);
    if (result != OAT_OK)
        return oat_cli_fail("reprice: %s", oat_result_text(result));
    return whole ? OAT_EXIT_OK : OAT_EXIT_FAILED;
}

/* ---- The command ---- */

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    struct oat_price_table *prices;
    char wrong[OAT_PRICES_WRONG_SIZE];
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return OAT_EXIT_FAILED;
    int code = OAT_EXIT_FAILED, result = oat_prices_open(store->fd, &prices, wrong);
    if (result != OAT_OK) {
        oat_cli_fail("reprice: %s", oat_result_text(result));
    } else {
        code = *wrong ? oat_cli_fail("%s/%s", cli->dir, wrong)
                      : reprice(cli, store, prices, args.values[OPTION_DRY_RUN]);
        oat_price_table_free(prices);
    }
    oat_store_close(store);
    return code;
}

const struct oat_cli_command oat_cli_reprice = {
    "reprice", "", "apply the prices of now to costs of the past (docs/cost.md)", options, run};
