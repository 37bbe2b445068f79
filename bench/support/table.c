#include "bench/support/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

static void cpu_model(char *ret, size_t size)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "re");
    snprintf(ret, size, "unknown CPU");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        snprintf(ret, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (f)
        fclose(f);
}

static void file_system(const char *dir, char *ret, size_t size)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {{0xef53, "ext4"},
                 {0x58465342, "xfs"},
                 {0x01021994, "tmpfs"},
                 {0x9123683e, "btrfs"},
                 {0x794c7630, "overlayfs"}};
    struct statfs fs;
    snprintf(ret, size, "unknown file system");
    if (statfs(dir, &fs) != 0)
        return;
    snprintf(ret, size, "file system %#lx", (unsigned long)fs.f_type);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((unsigned long)fs.f_type == known[i].magic)
            snprintf(ret, size, "%s", known[i].name);
}

void oat_bench_head(const oat_bench_options *options, const char *title, const oat_bench_rounds *rounds)
{
    char cpu[128], fs[64];
    struct utsname os;
    cpu_model(cpu, sizeof cpu);
    file_system(options->dir, fs, sizeof fs);
    uname(&os);
    if (options->json) {
        printf("{\"bench\":\"%s\",\"cpu\":\"%s\",\"cpus\":%ld,\"kernel\":\"%s\",\"fs\":\"%s\",\"compiler\":"
               "\"%s\","
               "\"rounds_kept\":%zu,\"rounds_done\":%zu,\"steady\":%s,\"quick\":%s}\n",
               title, cpu, sysconf(_SC_NPROCESSORS_ONLN), os.release, fs, __VERSION__, rounds->kept,
               rounds->done, rounds->steady ? "true" : "false", options->quick ? "true" : "false");
        return;
    }
    printf("\n%s\n%s, %ld processors, Linux %s, %s, gcc %s\n", title, cpu, sysconf(_SC_NPROCESSORS_ONLN),
           os.release, fs, __VERSION__);
    printf("medians of %zu interleaved rounds, %zu repeated because the base had moved\n", rounds->kept,
           rounds->done - rounds->kept);
    if (!rounds->steady)
        printf("NOT A RESULT: the base never stood still, the machine is busy\n");
    if (options->quick)
        printf("NOT A RESULT: --quick\n");
    printf("%-44s %12s %-8s %8s  %-22s %-10s\n", "", "median", "", "ratio", "to", "target");
}

static const char *verdict(const oat_bench_row *row)
{
    if (row->goal == OAT_BENCH_NO_GOAL)
        return "";
    bool met = row->goal == OAT_BENCH_AT_MOST ? row->ratio <= row->target : row->ratio >= row->target;
    return met ? "pass" : "MISS";
}

static void print_json(const oat_bench_row *row)
{
    printf("{\"name\":\"%s\",\"median\":%.4g,\"unit\":\"%s\"", row->name, row->value, row->unit);
    if (row->versus)
        printf(",\"versus\":\"%s\",\"ratio\":%.4g", row->versus, row->ratio);
    if (row->goal != OAT_BENCH_NO_GOAL)
        printf(",\"goal\":\"%s\",\"target\":%g,\"verdict\":\"%s\"",
               row->goal == OAT_BENCH_AT_MOST ? "at_most" : "at_least", row->target, verdict(row));
    printf("}\n");
}

void oat_bench_print(const oat_bench_options *options, const oat_bench_row *row)
{
    if (options->json) {
        print_json(row);
        return;
    }
    printf("%-44s %12.*f %-8s", row->name, row->value < 1000 ? 1 : 0, row->value, row->unit);
    if (row->versus)
        printf(" %8.2f  %-22s", row->ratio, row->versus);
    if (row->goal != OAT_BENCH_NO_GOAL)
        printf(" %s %-7g %s", row->goal == OAT_BENCH_AT_MOST ? "<=" : ">=", row->target, verdict(row));
    printf("\n");
}

void oat_bench_note(const oat_bench_options *options, const char *text)
{
    if (!options->json)
        printf("%s\n", text);
}
