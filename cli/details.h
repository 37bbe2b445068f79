/* What a span carries besides its line in the tree. */
#ifndef OAT_CLI_DETAILS_H
#define OAT_CLI_DETAILS_H

#include "cli/tree.h"

/* Prints inputs, outputs, error, attributes and events of a span, indented below it. */
int oat_cli_span_details(const struct oat_cli *cli, const struct oat_cli_trace *trace, size_t at);

/* Prints how the cost of a span comes about with some prices, indented below it; nothing for a span without
 * usage. */
void oat_cli_span_cost(const struct oat_cli *cli, const struct oat_price_table *prices,
                       const oat_span_view *span);

#endif
