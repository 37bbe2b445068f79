#include "cli/forget.h"

#include "cli/args.h"
#include "cli/json_line.h"
#include "cli/open.h"
#include "cli/text.h"
#include "cli/units.h"
#include "compactor/compact.h"
#include "format/ids.h"
#include "reader/text_match.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MIN     3u /* bytes: a shorter text is in too much */
#define MEMORY_BYTES (UINT64_C(512) << 20)
#define WAIT_S       2u

enum { OPTION_PAYLOAD, OPTION_MATCH, OPTION_REASON, OPTION_DRY_RUN, OPTION_WAIT };

static const struct oat_cli_option options[] = {
    {"payload", 'p', "ID", "the content with this id, 32 hexadecimal digits"},
    {"match", 'm', "TEXT", "what has TEXT in it: pieces of payloads, names, attributes; case is ignored"},
    {"reason", 'r', "TEXT", "why; kept in the catalog"},
    {"dry-run", 'n', NULL, "only say what would be hit"},
    {"wait", 'w', NULL, "until living writers have let go of it, too"},
    {0},
};

/* ---- What came of it ---- */

static int print_json(const struct oat_forget *forget, const struct oat_compact_summary *summary,
                      bool dry_run)
{
    char redaction[33];
    struct oat_json json = {0};
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"contents", forget->contents},
                   {"bytes", forget->bytes},
                   {"texts", forget->texts},
                   {"payloads", forget->payloads},
                   {"parts_rewritten", summary->parts_merged},
                   {"damaged_days", summary->damaged_days}};
    oat_hex_print(forget->redaction_id, sizeof forget->redaction_id, redaction);
    oat_json_object_begin(&json);
    oat_json_key(&json, "dry_run");
    oat_json_bool(&json, dry_run);
    oat_json_key(&json, "redaction_id");
    oat_json_cstring(&json, forget->contents > 0 && !dry_run ? redaction : NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        oat_json_key(&json, numbers[i].key);
        oat_json_uint(&json, numbers[i].value);
    }
    oat_json_key(&json, "held");
    oat_json_array_begin(&json);
    for (size_t i = 0; i < forget->held_count; i++)
        oat_json_cstring(&json, forget->held[i].path);
    oat_json_array_end(&json);
    oat_json_key(&json, "done");
    oat_json_bool(&json, !dry_run && forget->held_count == 0 && summary->damaged_days == 0);
    oat_json_object_end(&json);
    int result = oat_cli_json_line(&json);
    oat_json_free(&json);
    return result;
}

static void print_found(const struct oat_forget *forget, bool dry_run)
{
    char contents[OAT_UNIT_SIZE], bytes[OAT_UNIT_SIZE], payloads[OAT_UNIT_SIZE], texts[OAT_UNIT_SIZE];
    char redaction[33];
    oat_hex_print(forget->redaction_id, sizeof forget->redaction_id, redaction);
    if (forget->contents == 0) {
        puts("nothing found");
        return;
    }
    printf("%s%s (%s), in %s and %s\n", dry_run ? "would forget " : "",
           oat_amount_text(forget->contents, "content", contents), oat_bytes_text(forget->bytes, bytes),
           oat_amount_text(forget->payloads, "payload", payloads),
           oat_amount_text(forget->texts, "text", texts));
    if (!dry_run)
        printf("masked as [forgotten %s]\n", redaction);
}

static void print_held(const struct oat_forget *forget)
{
    puts("still on disk, masked, in:");
    for (size_t i = 0; i < forget->held_count; i++) {
        const struct oat_held_pair *pair = &forget->held[i];
        printf("  %s  ", pair->path);
        if (pair->readable)
            oat_print_name((oat_text){pair->program, strlen(pair->program)}, 32);
        printf(pair->alive      ? " (process %" PRIu32 ", running)\n"
               : pair->readable ? " (process %" PRIu32 ", not compacted yet)\n"
                                : "cannot be read: nobody can tell what it holds\n",
               pair->pid);
    }
    puts("a running writer lets go of it when it starts its next file: oat forget --wait");
}

static int print_result(const struct oat_cli *cli, const struct oat_forget *forget,
                        const struct oat_compact_summary *summary, bool asked, bool dry_run)
{
    char days[OAT_UNIT_SIZE];
    if (cli->json)
        return print_json(forget, summary, dry_run);
    if (asked)
        print_found(forget, dry_run);
    if (forget->held_count > 0)
        print_held(forget);
    if (summary->damaged_days > 0)
        printf("%s left as it is, because of damage: oat verify\n",
               oat_amount_text(summary->damaged_days, "day", days));
    if (!dry_run && forget->held_count == 0 && summary->damaged_days == 0)
        puts("erased from all files");
    return OAT_OK;
}

/* ---- Running ---- */

static int run_once(const struct oat_cli *cli, const oat_store *store, struct oat_forget *forget,
                    bool dry_run, struct oat_compact_summary *ret)
{
    char why[OAT_COMPACT_WHY_SIZE];
    struct oat_compact_options compaction = {.dry_run = dry_run,
                                             .wait = true,
                                             .before_day = UINT32_MAX,
                                             .memory_bytes = MEMORY_BYTES,
                                             .unindexed_parts = OAT_UNINDEXED_PARTS,
                                             .threads = 2,
                                             .forget = forget};
    int result = oat_compact_run(store, &compaction, ret, why);
    if (result != OAT_OK)
        oat_cli_fail("forget: %s: %s", cli->dir, why);
    return result;
}

/* Compacts again and again, until no pair holds it any more. */
static int wait_for_pairs(const struct oat_cli *cli, const oat_store *store, struct oat_forget *forget,
                          struct oat_compact_summary *summary)
{
    int result = OAT_OK;
    while (result == OAT_OK && forget->held_count > 0) {
        struct oat_forget rest = {0};
        if (cli->err_terminal)
            fprintf(stderr, "\r\033[Kwaiting for %zu files of writers", forget->held_count);
        sleep(WAIT_S);
        result = run_once(cli, store, &rest, false, summary);
        free(forget->held);
        forget->held = rest.held;
        forget->held_count = rest.held_count;
    }
    if (cli->err_terminal)
        fputs("\r\033[K", stderr);
    return result;
}

static int forget_in(const struct oat_cli *cli, const struct oat_cli_args *args, struct oat_forget *forget)
{
    bool dry_run = args->values[OPTION_DRY_RUN] != NULL;
    struct oat_compact_summary summary = {0};
    oat_store *store = oat_cli_store(cli);
    if (!store)
        return OAT_EXIT_FAILED;
    int result = run_once(cli, store, forget, dry_run, &summary);
    if (result == OAT_OK && args->values[OPTION_WAIT] && !dry_run)
        result = wait_for_pairs(cli, store, forget, &summary);
    oat_store_close(store);
    if (result != OAT_OK)
        return OAT_EXIT_FAILED;
    result = print_result(cli, forget, &summary, forget->match || forget->content_id, dry_run);
    if (result != OAT_OK)
        return oat_cli_fail("forget: %s", oat_result_text(result));
    return forget->held_count == 0 && summary.damaged_days == 0 ? OAT_EXIT_OK : OAT_EXIT_FAILED;
}

/* ---- The command ---- */

static int run(struct oat_cli *cli, int argc, char **argv)
{
    struct oat_cli_args args;
    struct oat_text_match *match = NULL;
    uint8_t id[16];
    if (!oat_cli_parse(options, argc, argv, 0, &args))
        return OAT_EXIT_USAGE;
    const char *text = args.values[OPTION_MATCH], *payload = args.values[OPTION_PAYLOAD];
    if (text && payload)
        return oat_cli_usage("forget takes --match or --payload, not both");
    if (payload && !oat_hex_parse(payload, strlen(payload), id, sizeof id))
        return oat_cli_usage("--payload needs 32 hexadecimal digits");
    if (text && strlen(text) < TEXT_MIN)
        return oat_cli_usage("--match needs %u bytes or more: a shorter text is in too much", TEXT_MIN);
    int result = text ? oat_text_match_create(text, strlen(text), &match) : OAT_OK;
    if (result == OAT_E_INVALID)
        return oat_cli_usage("--match needs UTF-8");
    if (result != OAT_OK)
        return oat_cli_fail("forget: %s", oat_result_text(result));
    struct oat_forget forget = {
        .match = match, .content_id = payload ? id : NULL, .reason = args.values[OPTION_REASON]};
    int code = forget_in(cli, &args, &forget);
    free(forget.held);
    oat_text_match_free(match);
    return code;
}

const struct oat_cli_command oat_cli_forget = {"forget", "(--match TEXT | --payload ID)",
                                               "erase content from everything that quotes it", options, run};
