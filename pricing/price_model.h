/* From a model's name, as providers, gateways and clouds write it, to its prices. */
#ifndef OAT_PRICING_PRICE_MODEL_H
#define OAT_PRICING_PRICE_MODEL_H

#include "pricing/price_table.h"

/* Finds the prices of a model at a provider; both in any case, provider_len 0 = not known.
 *
 * Of a name over OAT_MODEL_NAME_LONGEST the end counts. A name is tried as it is, then without what gateways
 * put before it ("azure/", "models/", an ARN, "us.", "anthropic."), then without what marks a version of the
 * same price behind it ("-2024-08-06", "@20240620",
 * "-v2:0", "-latest", ":beta" ...), one after the other. A fine-tuned model is "ft:" and its base: without
 * prices of its own it has none, and never its base's. A provider that the table does not know has none
 * either: what others ask for the same model says nothing. Without a provider every provider's list is
 * searched, in the order of the table. All this in the table first, and where it has nothing, in its base.
 *
 * table NULL in the result: no price is known. */
struct oat_price_list oat_price_find(const struct oat_price_table *table, const char *model, size_t model_len,
                                     const char *provider, size_t provider_len);

#endif
