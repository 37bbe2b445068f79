/* Reads a file of prices: the form of data/prices.yaml (docs/cost.md). */
#ifndef OAT_PRICING_PRICE_YAML_H
#define OAT_PRICING_PRICE_YAML_H

#include "pricing/price_table.h"

#define OAT_PRICE_FILE_MAX (4u << 20) /* bytes */
#define OAT_PRICE_ROWS_MAX 65536u

/* What is wrong, and where: lines and columns from 1. */
struct oat_price_problem {
    size_t line, column;
    char message[160]; /* what was expected, what is there */
};

/* Makes a table of a file's bytes; *ret_table is freed with oat_price_table_free. OAT_OK, OAT_E_NOMEM,
 * OAT_E_LIMIT (larger than the limits above) or OAT_E_INVALID; then *ret_problem tells where and why. */
int oat_price_table_parse(const char *bytes, size_t len, struct oat_price_table **ret_table,
                          struct oat_price_problem *ret_problem);

#endif
