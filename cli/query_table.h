/* Answers of queries as a table for people, and as CSV. */
#ifndef OAT_CLI_QUERY_TABLE_H
#define OAT_CLI_QUERY_TABLE_H

#include "cli/cli.h"

/* Print to stdout. OAT_OK or OAT_E_NOMEM. */
int oat_print_query(const struct oat_cli *cli, const oat_query_result *result);
int oat_print_query_csv(const struct oat_cli *cli, const oat_query_result *result);

#endif
