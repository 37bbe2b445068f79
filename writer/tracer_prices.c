#include "writer/tracer_prices.h"

#include "pricing/price_overrides.h"
#include "pricing/prices.h"

#include <stdio.h>
#include <stdlib.h>

/* The file as it was read once. */
struct oat_tracer_prices {
    struct oat_price_table *store;
    struct oat_price_table all; /* the configuration's, based on those */
    struct oat_tracer_prices *before;
};

static void warn(const oat_tracer *tracer, const char *wrong, const char *what_holds)
{
    char message[OAT_PRICES_WRONG_SIZE + 160];
    if (!tracer->config.warn)
        return;
    snprintf(message, sizeof message, "%.120s/%s; %s", tracer->config.data_dir, wrong, what_holds);
    tracer->config.warn(tracer->config.warn_arg, message);
}

/* ret_wrong: as of oat_prices_open. */
static int read_prices(const oat_tracer *tracer, struct oat_tracer_prices **ret,
                       char ret_wrong[OAT_PRICES_WRONG_SIZE])
{
    struct oat_tracer_prices *prices = calloc(1, sizeof *prices);
    if (!prices)
        return OAT_E_NOMEM;
    int result = oat_prices_open(tracer->dir.dir_fd, &prices->store, ret_wrong);
    if (result != OAT_OK) {
        free(prices);
        return result;
    }
    prices->all = *tracer->own_prices;
    prices->all.base = prices->store;
    *ret = prices;
    return OAT_OK;
}

static void use(oat_tracer *tracer, struct oat_tracer_prices *prices)
{
    prices->before = tracer->read_prices;
    tracer->read_prices = prices;
    atomic_store_explicit(&tracer->prices, &prices->all, memory_order_release);
}

int oat_tracer_open_prices(oat_tracer *tracer, const oat_config *config)
{
    char wrong[OAT_PRICES_WRONG_SIZE];
    struct oat_tracer_prices *prices;
    int result = oat_price_overrides_make(config->prices, config->price_count, NULL, &tracer->own_prices);
    if (result == OAT_OK)
        result = read_prices(tracer, &prices, wrong);
    if (result != OAT_OK)
        return result;
    if (*wrong)
        warn(tracer, wrong, "built-in prices hold");
    use(tracer, prices);
    return OAT_OK;
}

static void free_prices(struct oat_tracer_prices *prices)
{
    oat_price_table_free(prices->store);
    free(prices);
}

int oat_tracer_reload_prices(oat_tracer *tracer)
{
    char wrong[OAT_PRICES_WRONG_SIZE];
    struct oat_tracer_prices *prices;
    int result = read_prices(tracer, &prices, wrong);
    if (result != OAT_OK)
        return result;
    if (*wrong) {
        free_prices(prices);
        warn(tracer, wrong, "the prices from before hold");
        return OAT_E_INVALID;
    }
    use(tracer, prices);
    return OAT_OK;
}

void oat_tracer_free_prices(oat_tracer *tracer)
{
    while (tracer->read_prices) {
        struct oat_tracer_prices *prices = tracer->read_prices;
        tracer->read_prices = prices->before;
        free_prices(prices);
    }
    oat_price_table_free(tracer->own_prices);
}
