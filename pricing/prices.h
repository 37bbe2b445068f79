/* The prices that hold in a store: those of its file prices.yaml, then those that a program shares among its
 * stores, then the library's (docs/cost.md). */
#ifndef OAT_PRICING_PRICES_H
#define OAT_PRICING_PRICES_H

#include "pricing/price_table.h"

#define OAT_PRICES_NAME       "prices.yaml"
#define OAT_PRICES_WRONG_SIZE 240u

/* Reads dir_fd/prices.yaml. *ret has what is in it, nothing where there is no such file, and is based on the
 * shared prices, or else the library's own table; the caller frees it with oat_price_table_free. ret_wrong:
 * "", or where and why the file could not be taken; *ret has nothing of it then. OAT_OK or OAT_E_NOMEM. */
int oat_prices_open(int dir_fd, struct oat_price_table **ret, char ret_wrong[OAT_PRICES_WRONG_SIZE]);

/* For a program that has several stores: the prices of dir_fd/prices.yaml stand behind those of each store
 * from now on, before the library's; where there is no such file, none do. Tables that are open stay as they
 * are. ret_wrong as above: what was shared before is then. OAT_OK or OAT_E_NOMEM. One thread at a time, while
 * others open prices. */
int oat_prices_share(int dir_fd, char ret_wrong[OAT_PRICES_WRONG_SIZE]);

#endif
