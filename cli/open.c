#include "cli/open.h"

#include "cli/args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

oat_store *oat_cli_store(const struct oat_cli *cli)
{
    oat_store *store;
    int result = oat_store_open(cli->dir, &store);
    if (result == OAT_OK)
        return store;
    if (result == OAT_NOTFOUND)
        oat_cli_fail("no store in %s; name one with --dir or OAT_DATA_DIR", *cli->dir ? cli->dir : "\"\"");
    else if (result == OAT_E_IO)
        oat_cli_fail("cannot open the store in %s: %s", cli->dir, strerror(errno));
    else
        oat_cli_fail("cannot open the store in %s: its file STORE: %s", cli->dir, oat_result_text(result));
    return NULL;
}

bool oat_cli_snapshot(const struct oat_cli *cli, oat_store **ret_store, oat_snapshot **ret_snapshot)
{
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return false;
    int result = oat_snapshot_take(store, ret_snapshot);
    if (result == OAT_OK) {
        *ret_store = store;
        return true;
    }
    oat_cli_fail("cannot read the store in %s: %s", cli->dir,
                 result == OAT_E_IO ? strerror(errno) : oat_result_text(result));
    oat_store_close(store);
    return false;
}

bool oat_cli_is_damage(const oat_problem *problem)
{
    return problem->kind != OAT_PROBLEM_TORN && problem->kind != OAT_PROBLEM_UNKNOWN_KIND &&
           problem->kind != OAT_PROBLEM_TREE;
}

void oat_cli_snapshot_done(oat_store *store, oat_snapshot *snapshot)
{
    uint64_t damaged = 0;
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        const oat_problem *problem = oat_snapshot_problem(snapshot, i);
        damaged += oat_cli_is_damage(problem) ? problem->count : 0;
    }
    fflush(stdout); /* in this order also where both go to one file */
    if (damaged > 0)
        fprintf(stderr, "oat: %" PRIu64 " problem%s in the store, the rest is shown; see: oat verify\n",
                damaged, damaged == 1 ? "" : "s");
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

bool oat_cli_find_trace(const oat_snapshot *snapshot, const char *text, size_t *ret_index)
{
    int result = oat_snapshot_find_trace(snapshot, text, strlen(text), ret_index);
    if (result == OAT_OK)
        return true;
    if (result == OAT_E_AMBIGUOUS)
        oat_cli_fail("%s begins the ids of several traces; type more of it", text);
    else
        oat_cli_fail("no trace %s; see: oat ls", text);
    return false;
}
