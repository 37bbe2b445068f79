/* The prices of a configuration, before all others. */
#ifndef OAT_PRICING_PRICE_OVERRIDES_H
#define OAT_PRICING_PRICE_OVERRIDES_H

#include "oat/oat.h"
#include "pricing/price_table.h"

/* Makes a table of the prices of a configuration, which hold whoever the provider is, with another one as its
 * base. *ret is freed with oat_price_table_free, the base apart. OAT_OK, OAT_E_NOMEM; OAT_E_INVALID: a name
 * is empty or over OAT_MODEL_NAME_LONGEST, no input price or one over OAT_PRICE_MAX. */
int oat_price_overrides_make(const oat_config_price *prices, size_t count, const struct oat_price_table *base,
                             struct oat_price_table **ret);

#endif
