/* A table of prices in memory: rows of models, by provider, day and size of the input; the names that
 * providers go by. The table of data/prices.yaml is part of the library; a file of the same form becomes
 * one by oat_price_table_parse (pricing/price_yaml.h), and has it as its base in a store (pricing/prices.h).
 *
 * Prices are whole femto-dollars (10^-15 USD) a token, which are nano-dollars a million tokens: every
 * price of up to nine decimals in USD per million tokens is exact.
 *
 * Threads: tables do not change. */
#ifndef OAT_PRICING_PRICE_TABLE_H
#define OAT_PRICING_PRICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What tokens are billed as. Every token of a call is in one class. */
enum oat_price_class {
    OAT_PRICE_INPUT, /* neither read from the cache, nor written to it, nor audio */
    OAT_PRICE_CACHED_INPUT,
    OAT_PRICE_CACHE_WRITE, /* kept for 5 minutes, or as long as the provider likes */
    OAT_PRICE_CACHE_WRITE_1H,
    OAT_PRICE_AUDIO_INPUT,
    OAT_PRICE_OUTPUT, /* neither reasoning nor audio */
    OAT_PRICE_REASONING_OUTPUT,
    OAT_PRICE_AUDIO_OUTPUT,
    OAT_PRICE_CLASSES,
};

#define OAT_PRICE_FACTOR_ONE   1000000u                        /* a factor of 1 */
#define OAT_PRICE_MAX          (INT64_C(1000000) * 1000000000) /* a million dollars per million tokens */
#define OAT_PRICE_PROVIDERS    64u                             /* at most */
#define OAT_MODEL_NAME_LONGEST 128u                            /* bytes of a name in a table */

/* One line of a model's prices. */
struct oat_price {
    const char *model; /* lower case */
    uint16_t provider; /* index into the table's providers */
    uint32_t from_day; /* since the epoch */
    uint32_t above;    /* holds for calls with more input tokens than this */
    uint32_t batch;    /* factor of all prices in a batch, in millionths; 0 = not sold in batches */
    uint32_t line;     /* where it stands in its file, from 1 */
    int64_t rate[OAT_PRICE_CLASSES]; /* -1: not given */
};

struct oat_price_provider {
    const char *name;
    uint64_t also; /* bits of the providers whose rows hold where it has none of its own */
};

struct oat_price_name {
    const char *name; /* lower case */
    uint16_t provider;
};

struct oat_price_table {
    const char *version;          /* the day of the facts */
    const struct oat_price *rows; /* sorted by model, provider, from_day, above */
    size_t row_count;
    const struct oat_price_provider *providers;
    size_t provider_count;
    const struct oat_price_name *names; /* of providers, their own included; sorted */
    size_t name_count;
    bool any_provider;                  /* there are none: rows hold for all, and are of provider 0 */
    const struct oat_price_table *base; /* asked for models that this one does not have; NULL: none is */
    void *owned[4];                     /* what oat_price_table_free frees; NULL in the library's own */
};

/* The library's own table, made of data/prices.yaml when it was built. */
extern const struct oat_price_table oat_price_table_own;

/* All lines of one model at one provider. */
struct oat_price_list {
    const struct oat_price_table *table; /* that has them; NULL: no price is known */
    const struct oat_price *rows;
    size_t count;
};

__extension__ typedef unsigned __int128 oat_price_wide; /* products of prices */

/* A price times a factor in millionths, rounded half up. */
static inline int64_t oat_price_times(int64_t rate, uint32_t factor)
{
    if (factor == OAT_PRICE_FACTOR_ONE)
        return rate;
    oat_price_wide product = (oat_price_wide)rate * factor + OAT_PRICE_FACTOR_ONE / 2;
    return (int64_t)(product / OAT_PRICE_FACTOR_ONE);
}

/* Orders rows as the table has them. */
int oat_price_compare(const void *a, const void *b);
int oat_price_name_compare(const void *a, const void *b);

/* The lines of a model by its exact name (lower case), of the first provider in the table whose bit is set.
 * table NULL in the result: there are none. */
struct oat_price_list oat_price_table_find(const struct oat_price_table *table, const char *model, size_t len,
                                           uint64_t providers);

/* Index of the provider that goes by a name (lower case); -1: none. */
int oat_price_provider_of(const struct oat_price_table *table, const char *name, size_t len);

/* The line that holds for a call that began at a time (ns since the epoch) with so many input tokens:
 * of those in force the newest, of those the one for the greatest input. NULL: none was in force. ret_tier:
 * which of the lines for growing inputs, from 0. */
const struct oat_price *oat_price_list_at(const struct oat_price_list *list, uint64_t start_ns,
                                          uint64_t input_tokens, uint8_t *ret_tier);

/* Frees a table that was parsed, without its base; accepts NULL. */
void oat_price_table_free(struct oat_price_table *table);

#endif
