/* How the cost of a span comes about. */
#ifndef OAT_EXPORT_COST_JSON_H
#define OAT_EXPORT_COST_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"
#include "pricing/cost.h"
#include "pricing/prices.h"

/* The prices of the store of a snapshot, as it has them now; results as of oat_prices_open. */
int oat_snapshot_prices(const oat_snapshot *snapshot, struct oat_price_table **ret,
                        char ret_wrong[OAT_PRICES_WRONG_SIZE]);

/* What prices give for a span's counts: for one that was priced by them, what it has. False, and *ret is
 * untouched: it has neither input nor output tokens, or no price is known. */
bool oat_cost_of_view(const struct oat_price_table *prices, const oat_span_view *span, struct oat_cost *ret);

/* That as the value of `cost_details` (docs/cost.md); null where there is none. */
void oat_json_cost_details(struct oat_json *json, const struct oat_price_table *prices,
                           const oat_span_view *span);

#endif
