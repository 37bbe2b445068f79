#include "compactor/options.h"

#include "compactor/amount.h"
#include "format/day.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_DEFAULT (UINT64_C(512) << 20)
#define MEMORY_MIN     (UINT64_C(64) << 20)
#define THREADS_MAX    64u

const char oat_compact_usage[] =
    "Usage: oat-compact [OPTIONS] [DIR]\n"
    "Turns what agents have written to the store DIR ($OAT_DATA_DIR, else .oat) into small, indexed files "
    "by\n"
    "day. Agents and readers may go on meanwhile.\n"
    "\n"
    "  --full             merge the files of each day into one part and one pack\n"
    "  --before DAY       only what lies before DAY: 2026-11-22, today or yesterday (UTC)\n"
    "  --retain TIME      remove days that are older: 30d, 12w, 48h\n"
    "  --max-bytes SIZE   remove the oldest days until the rest is no larger: 50G, 800M\n"
    "  --mount FOLDER     take in a day that was copied away; repeatable\n"
    "  --adopt            take what machines wrote that are gone for good\n"
    "  --adopt-after TIME take what oat ship sends when nothing came for so long (default: 24h)\n"
    "  --dry-run          say what would be done\n"
    "  --wait             if somebody else compacts the store, wait for them\n"
    "  --memory SIZE      about as much memory as this (default: 512M)\n"
    "  --threads COUNT    (default: as many as there are processors)\n"
    "  --json             the summary as one object\n"
    "  --version, --help\n"
    "\n"
    "Exit codes: 0 done, 1 failed or something is damaged, 2 wrong usage.\n";

enum option_number {
    FULL = 256,
    BEFORE,
    RETAIN,
    MAX_BYTES,
    MOUNT,
    ADOPT_AFTER,
    ADOPT,
    DRY_RUN,
    WAIT,
    MEMORY,
    THREADS,
    JSON,
    VERSION,
    HELP,
};

static const struct option long_options[] = {
    {"full", no_argument, NULL, FULL},
    {"before", required_argument, NULL, BEFORE},
    {"retain", required_argument, NULL, RETAIN},
    {"max-bytes", required_argument, NULL, MAX_BYTES},
    {"mount", required_argument, NULL, MOUNT},
    {"adopt", no_argument, NULL, ADOPT},
    {"adopt-after", required_argument, NULL, ADOPT_AFTER},
    {"dry-run", no_argument, NULL, DRY_RUN},
    {"wait", no_argument, NULL, WAIT},
    {"memory", required_argument, NULL, MEMORY},
    {"threads", required_argument, NULL, THREADS},
    {"json", no_argument, NULL, JSON},
    {"version", no_argument, NULL, VERSION},
    {"help", no_argument, NULL, HELP},
    {0},
};

/* ---- Values ---- */

static bool parse_day(const char *text, uint64_t now_ns, uint32_t *ret)
{
    uint32_t today = oat_day_of(now_ns);
    if (strcmp(text, "today") != 0 && strcmp(text, "yesterday") != 0)
        return oat_day_parse(text, strlen(text), ret);
    *ret = strcmp(text, "today") == 0 ? today : today - 1;
    return true;
}

static bool parse_threads(const char *text, unsigned *ret)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || number < 1 || number > THREADS_MAX)
        return false;
    *ret = (unsigned)number;
    return true;
}

/* ---- Options ---- */

/* What the value of an option should have been; NULL: it was taken. */
static const char *take_value(int number, const char *value, uint64_t now_ns,
                              struct oat_compact_command *command)
{
    struct oat_compact_options *options = &command->options;
    switch (number) {
    case BEFORE:
        return parse_day(value, now_ns, &options->before_day) ? NULL
                                                              : "a day like 2026-11-22, today or yesterday";
    case RETAIN:
        return oat_amount_of_time(value, &options->retention.keep_ns) ? NULL : "a time like 30d, 12w or 48h";
    case MAX_BYTES:
        return oat_amount_of_bytes(value, &options->retention.max_bytes) ? NULL : "a size like 50G or 800M";
    case ADOPT_AFTER:
        return oat_amount_of_time(value, &options->adopt_after_ns) ? NULL : "a time like 24h or 2d";
    case MEMORY:
        return oat_amount_of_bytes(value, &options->memory_bytes) && options->memory_bytes >= MEMORY_MIN
                   ? NULL
                   : "a size of 64M or more";
    case THREADS:
        return parse_threads(value, &options->threads) ? NULL : "a number from 1 to 64";
    default:
        if (options->mount_count == OAT_MOUNTS_MAX)
            return "64 folders at most";
        command->mounts[options->mount_count++] = value;
        return NULL;
    }
}

static void take_flag(int number, struct oat_compact_command *command)
{
    struct oat_compact_options *options = &command->options;
    bool *const flags[] = {
        [FULL - FULL] = &options->full,       [ADOPT - FULL] = &options->adopt,
        [DRY_RUN - FULL] = &options->dry_run, [WAIT - FULL] = &options->wait,
        [JSON - FULL] = &command->json,       [VERSION - FULL] = &command->version,
        [HELP - FULL] = &command->help,
    };
    *flags[number - FULL] = true;
}

static bool take(int number, int index, char **argv, uint64_t now_ns, struct oat_compact_command *command,
                 char *ret_error, size_t error_size)
{
    if (number == '?' || number == ':') {
        const char *arg = argv[optind - 1];
        snprintf(ret_error, error_size, number == ':' ? "option %s needs a value" : "no option %s", arg);
        return false;
    }
    if (long_options[index].has_arg == no_argument) {
        take_flag(number, command);
        return true;
    }
    const char *expected = take_value(number, optarg, now_ns, command);
    if (expected)
        snprintf(ret_error, error_size, "--%s \"%s\": expected %s", long_options[index].name, optarg,
                 expected);
    return !expected;
}

bool oat_compact_options_parse(int argc, char **argv, uint64_t now_ns, struct oat_compact_command *ret,
                               char *ret_error, size_t error_size)
{
    const char *dir = getenv("OAT_DATA_DIR");
    int number, index = 0;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *ret = (struct oat_compact_command){
        .dir = dir && *dir ? dir : ".oat",
        .options = {.before_day = UINT32_MAX,
                    .memory_bytes = MEMORY_DEFAULT,
                    .unindexed_parts = OAT_UNINDEXED_PARTS,
                    .threads = processors > 0 && processors < (long)THREADS_MAX ? (unsigned)processors : 1},
    };
    optind = 0;
    opterr = 0;
    while ((number = getopt_long(argc, argv, ":", long_options, &index)) != -1)
        if (!take(number, index, argv, now_ns, ret, ret_error, error_size))
            return false;
    if (optind < argc)
        ret->dir = argv[optind++];
    if (optind < argc) {
        snprintf(ret_error, error_size, "one argument too many: %s", argv[optind]);
        return false;
    }
    ret->options.mounts = ret->mounts;
    return true;
}
