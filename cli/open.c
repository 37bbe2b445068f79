#include "cli/open.h"

#include "cli/args.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX_MIN 8u /* oat_snapshot_find_trace */

/* The directory is not there, or holds no store; perhaps one below it is meant. */
static void explain_missing(const char *dir)
{
    char below[PATH_MAX];
    int len = (int)strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    snprintf(below, sizeof below, "%.*s/.oat/STORE", len, dir);
    if (access(dir, F_OK) != 0)
        oat_cli_fail("no store in %s: there is no such directory; name one with --dir or OAT_DATA_DIR", dir);
    else if (access(below, F_OK) == 0)
        oat_cli_fail("no store in %s; did you mean --dir %.*s/.oat?", dir, len, dir);
    else
        oat_cli_fail("no store in %s: it has no file STORE; name one with --dir or OAT_DATA_DIR", dir);
}

bool oat_cli_store_if_any(const struct oat_cli *cli, oat_store **ret_store)
{
    oat_problem problem;
    char text[OAT_PROBLEM_TEXT_SIZE];
    oat_store *store = NULL;
    int result = oat_store_open_explained(cli->dir, &store, &problem);
    if (result == OAT_OK || result == OAT_NOTFOUND) {
        *ret_store = store;
        return true;
    }
    const char *why = oat_result_text(result);
    if (result != OAT_E_NOMEM)
        why = strcmp(problem.path, ".") == 0 ? problem.found : oat_problem_text(&problem, text, sizeof text);
    oat_cli_fail("cannot open the store in %s: %s", cli->dir, why);
    return false;
}

oat_store *oat_cli_store(const struct oat_cli *cli)
{
    oat_store *store = NULL;
    if (oat_cli_store_if_any(cli, &store) && !store)
        explain_missing(cli->dir);
    return store;
}

int oat_cli_read_failed(const struct oat_cli *cli, int result)
{
    if (result == OAT_E_IO)
        return oat_cli_fail("cannot list %s/hot: %s", cli->dir, strerror(errno));
    return oat_cli_fail("cannot read the store in %s: %s", cli->dir, oat_result_text(result));
}

bool oat_cli_snapshot_of(const struct oat_cli *cli, oat_store *store, oat_snapshot **ret_snapshot)
{
    int result = oat_snapshot_take(store, ret_snapshot);
    if (result == OAT_OK)
        return true;
    oat_cli_read_failed(cli, result);
    return false;
}

bool oat_cli_snapshot(const struct oat_cli *cli, oat_store **ret_store, oat_snapshot **ret_snapshot)
{
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return false;
    if (oat_cli_snapshot_of(cli, store, ret_snapshot)) {
        *ret_store = store;
        return true;
    }
    oat_store_close(store);
    return false;
}

bool oat_cli_is_damage(const oat_problem *problem)
{
    return problem->kind != OAT_PROBLEM_TORN && problem->kind != OAT_PROBLEM_UNKNOWN_KIND &&
           problem->kind != OAT_PROBLEM_TREE;
}

static void mention_damage(uint64_t count, const oat_problem *first)
{
    char text[OAT_PROBLEM_TEXT_SIZE];
    oat_cli_fail("%" PRIu64 " problem%s in the store, the rest is shown; see: oat verify", count,
                 count == 1 ? "" : "s");
    oat_cli_fail("%s%s", count == 1 ? "" : "the first: ", oat_problem_text(first, text, sizeof text));
}

void oat_cli_snapshot_done(oat_store *store, oat_snapshot *snapshot)
{
    const oat_problem *first = NULL;
    uint64_t damaged = 0;
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        const oat_problem *problem = oat_snapshot_problem(snapshot, i);
        if (!oat_cli_is_damage(problem))
            continue;
        damaged += problem->count;
        first = first ? first : problem;
    }
    fflush(stdout); /* in this order also where both go to one file */
    if (first)
        mention_damage(damaged, first);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
}

bool oat_cli_find_trace(const oat_snapshot *snapshot, const char *text, uint8_t ret_trace_id[16])
{
    int result = oat_snapshot_find_trace(snapshot, text, strlen(text), ret_trace_id);
    if (result == OAT_OK)
        return true;
    size_t len = strlen(text);
    if (result == OAT_E_AMBIGUOUS)
        oat_cli_fail("%s begins the ids of several traces; type more of it", text);
    else if (len < PREFIX_MIN && strspn(text, "0123456789abcdefABCDEF") == len)
        oat_cli_fail("\"%s\" is too short: type %u digits or more of the trace's id", text, PREFIX_MIN);
    else
        oat_cli_fail("no trace %s; see: oat ls", text);
    return false;
}
