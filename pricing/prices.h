/* The prices that hold in a store: those of its file prices.yaml, then the library's (docs/cost.md). */
#ifndef OAT_PRICING_PRICES_H
#define OAT_PRICING_PRICES_H

#include "pricing/price_table.h"

#define OAT_PRICES_NAME       "prices.yaml"
#define OAT_PRICES_WRONG_SIZE 240u

/* Reads dir_fd/prices.yaml. *ret has what is in it, nothing where there is no such file, and is based on the
 * library's own table; the caller frees it with oat_price_table_free. ret_wrong: "", or where and why the
 * file could not be taken; *ret has nothing of it then. OAT_OK or OAT_E_NOMEM. */
int oat_prices_open(int dir_fd, struct oat_price_table **ret, char ret_wrong[OAT_PRICES_WRONG_SIZE]);

#endif
