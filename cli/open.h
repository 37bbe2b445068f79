/* Opening what a command reads, and saying what was wrong with it. */
#ifndef OAT_CLI_OPEN_H
#define OAT_CLI_OPEN_H

#include "cli/cli.h"

/* Opens the store of --dir, or explains on stderr and returns NULL. */
oat_store *oat_cli_store(const struct oat_cli *cli);

/* Opens it if there is one; else *ret_store is NULL. False after an explanation. */
bool oat_cli_store_if_any(const struct oat_cli *cli, oat_store **ret_store);

/* Explains on stderr why a snapshot could not be taken or followed (errno). Returns OAT_EXIT_FAILED. */
int oat_cli_read_failed(const struct oat_cli *cli, int result);

/* Takes a snapshot of an open store. False after an explanation. */
bool oat_cli_snapshot_of(const struct oat_cli *cli, oat_store *store, oat_snapshot **ret_snapshot);

/* Opens the store and takes a snapshot. False after an explanation; nothing is open then. */
bool oat_cli_snapshot(const struct oat_cli *cli, oat_store **ret_store, oat_snapshot **ret_snapshot);

/* Says on stderr that something was damaged, if so, and what was the first; then frees both. */
void oat_cli_snapshot_done(oat_store *store, oat_snapshot *snapshot);

/* Finds a trace by what was typed. False after an explanation. */
bool oat_cli_find_trace(const oat_snapshot *snapshot, const char *text, uint8_t ret_trace_id[16]);

/* True for problems that mean lost or unreadable data; a torn tail, slots of unknown
 * kinds and odd trees are not. */
bool oat_cli_is_damage(const oat_problem *problem);

#endif
