#include "compactor/report.h"

#include "format/json_write.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_SIZE 32

/* How many times the payloads quote the same chunk. */
static double dedup_factor(const struct oat_compact_summary *summary)
{
    return summary->unique_bytes ? (double)summary->raw_payload_bytes / (double)summary->unique_bytes : 1;
}

/* ---- JSON ---- */

static const char *const fate_names[OAT_PAIR_FATES] = {
    [OAT_PAIR_TAKEN] = "taken",           [OAT_PAIR_IN_USE] = "in_use",   [OAT_PAIR_ELSEWHERE] = "elsewhere",
    [OAT_PAIR_UNREADABLE] = "unreadable", [OAT_PAIR_UNKNOWN] = "unknown", [OAT_PAIR_LATER] = "later",
    [OAT_PAIR_UNSENT] = "unsent",
};

static void put(struct oat_json *json, const char *key, uint64_t value)
{
    oat_json_key(json, key);
    oat_json_uint(json, value);
}

static int print_json(bool dry_run, const struct oat_compact_summary *summary)
{
    struct oat_json json = {0};
    oat_json_object_begin(&json);
    oat_json_key(&json, "dry_run");
    oat_json_bool(&json, dry_run);
    put(&json, "spans", summary->spans);
    put(&json, "traces", summary->traces);
    put(&json, "replacements", summary->replacements);
    put(&json, "days", summary->days);
    oat_json_key(&json, "pairs");
    oat_json_object_begin(&json);
    for (int fate = 0; fate < OAT_PAIR_FATES; fate++)
        put(&json, fate_names[fate], summary->pairs[fate]);
    oat_json_object_end(&json);
    put(&json, "parts_written", summary->parts_written);
    put(&json, "parts_merged", summary->parts_merged);
    put(&json, "parts_retired", summary->parts_retired);
    put(&json, "bytes_before", summary->bytes_before);
    put(&json, "bytes_after", summary->bytes_after);
    put(&json, "bytes_retired", summary->bytes_retired);
    put(&json, "raw_payload_bytes", summary->raw_payload_bytes);
    put(&json, "unique_bytes", summary->unique_bytes);
    oat_json_key(&json, "dedup_factor");
    oat_json_double(&json, dedup_factor(summary));
    put(&json, "damaged_days", summary->damaged_days);
    oat_json_key(&json, "seconds");
    oat_json_double(&json, (double)summary->duration_ns / 1e9);
    oat_json_object_end(&json);
    oat_json_raw(&json, "\n", 1);
    bool failed = json.failed;
    if (!failed)
        fwrite(json.bytes, 1, json.len, stdout);
    oat_json_free(&json);
    return failed ? OAT_E_NOMEM : OAT_OK;
}

/* ---- Text ---- */

static const char *amount(uint64_t count, const char *noun, char ret[TEXT_SIZE])
{
    snprintf(ret, TEXT_SIZE, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
    return ret;
}

static const char *size(uint64_t bytes, char ret[TEXT_SIZE])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double x = (double)bytes / 1000;
    size_t unit = 0;
    for (; x >= 999.95; x /= 1000)
        unit++;
    snprintf(ret, TEXT_SIZE, "%.1f %s", x, units[unit]);
    return ret;
}

static void print_sizes(const struct oat_compact_summary *s)
{
    char a[TEXT_SIZE], b[TEXT_SIZE], c[TEXT_SIZE];
    printf("%s before, %s after in %s", size(s->bytes_before, a), size(s->bytes_after, b),
           amount(s->parts_written, "part", c));
    if (s->unique_bytes > 0)
        printf("; payloads %s, %s of them different (%.1f times)", size(s->raw_payload_bytes, a),
               size(s->unique_bytes, b), dedup_factor(s));
    putchar('\n');
}

static void print_done(bool dry_run, const struct oat_compact_summary *s)
{
    char a[TEXT_SIZE], b[TEXT_SIZE], c[TEXT_SIZE];
    if (s->pairs[OAT_PAIR_TAKEN] + s->parts_merged == 0) {
        puts(dry_run ? "nothing would be compacted" : "nothing to compact");
        return;
    }
    printf("%s %s of %s", dry_run ? "would compact" : "compacted", amount(s->spans, "span", a),
           amount(s->pairs[OAT_PAIR_TAKEN], "pair", b));
    if (s->parts_merged > 0)
        printf(" and merge%s %s", dry_run ? "" : "d", amount(s->parts_merged, "part", c));
    printf(", %s\n", amount(s->days, "day", a));
    if (!dry_run)
        print_sizes(s);
    else
        printf("%s now\n", size(s->bytes_before, a));
}

static void print_left(const struct oat_compact_summary *s)
{
    static const char *const why[OAT_PAIR_FATES] = {
        [OAT_PAIR_IN_USE] = "in use",
        [OAT_PAIR_ELSEWHERE] = "of another machine, which may be at it still (--adopt takes them)",
        [OAT_PAIR_UNREADABLE] = "not readable (see: oat verify)",
        [OAT_PAIR_UNKNOWN] = "with records of a newer version",
        [OAT_PAIR_LATER] = "of later days",
        [OAT_PAIR_UNSENT] = "not sent yet (oat ship)",
    };
    char a[TEXT_SIZE];
    for (int fate = OAT_PAIR_IN_USE; fate < OAT_PAIR_FATES; fate++)
        if (s->pairs[fate] > 0)
            printf("left %s %s\n", amount(s->pairs[fate], "pair", a), why[fate]);
    if (s->damaged_days > 0)
        printf("left %s as they are: damaged, or of a newer version (see: oat verify)\n",
               amount(s->damaged_days, "day", a));
}

int oat_compact_report(const struct oat_compact_command *command, const struct oat_compact_summary *summary)
{
    bool dry_run = command->options.dry_run;
    char a[TEXT_SIZE], b[TEXT_SIZE];
    if (command->json)
        return print_json(dry_run, summary);
    print_done(dry_run, summary);
    if (summary->parts_retired > 0)
        printf("%s %s by retention, %s\n", dry_run ? "would remove" : "removed",
               amount(summary->parts_retired, "part", a), size(summary->bytes_retired, b));
    print_left(summary);
    if (!dry_run)
        printf("%.1f seconds\n", (double)summary->duration_ns / 1e9);
    return OAT_OK;
}
