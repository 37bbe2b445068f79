/* oat-compact: turns pairs into parts, merges days, applies retention. */
#include "compactor/options.h"
#include "compactor/report.h"
#include "reader/faults.h"
#include "writer/clock.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_USAGE       2
#define PROGRESS_STEP_NS (OAT_NS_PER_S / 5)

struct progress {
    bool terminal;
    uint64_t shown_ns;
    uint64_t damaged; /* problems that mean lost or unreadable data */
};

/* Takes the line of progress away. */
static void clear_line(struct progress *progress)
{
    if (progress->shown_ns > 0)
        fputs("\r\033[K", stderr);
    progress->shown_ns = 0;
}

static void show_progress(void *arg, const char *step, uint64_t done, uint64_t total)
{
    struct progress *progress = arg;
    uint64_t now_ns = oat_clock_boot_ns();
    if (!progress->terminal || now_ns - progress->shown_ns < PROGRESS_STEP_NS)
        return;
    progress->shown_ns = now_ns;
    fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " rows", step, done, total);
}

/* Paths are the compactor's own, texts are numbers and names of fields: safe to print. */
static void show_problem(void *arg, const oat_problem *problem)
{
    struct progress *progress = arg;
    char text[400];
    if (problem->kind != OAT_PROBLEM_CORRUPT && problem->kind != OAT_PROBLEM_UNSUPPORTED &&
        problem->kind != OAT_PROBLEM_LOST)
        return;
    progress->damaged += problem->count;
    clear_line(progress);
    fprintf(stderr, "oat-compact: %s\n", oat_problem_text(problem, text, sizeof text));
}

static int open_store(const char *dir, oat_store **ret)
{
    oat_problem problem;
    char text[400];
    int result = oat_store_open_explained(dir, ret, &problem);
    if (result == OAT_OK)
        return EXIT_SUCCESS;
    if (result == OAT_NOTFOUND)
        fprintf(stderr, "oat-compact: no store in %s\n", dir);
    else if (result == OAT_E_NOMEM)
        fprintf(stderr, "oat-compact: %s\n", oat_result_text(result));
    else
        fprintf(stderr, "oat-compact: cannot open the store in %s: %s\n", dir,
                oat_problem_text(&problem, text, sizeof text));
    return EXIT_FAILURE;
}

static int compact(struct oat_compact_command *command)
{
    struct progress progress = {.terminal = isatty(STDERR_FILENO)};
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    oat_store *store;
    if (open_store(command->dir, &store) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    command->options.progress = show_progress;
    command->options.problem = show_problem;
    command->options.arg = &progress;
    int result = oat_compact_run(store, &command->options, &summary, why);
    oat_store_close(store);
    clear_line(&progress);
    if (result != OAT_OK)
        fprintf(stderr, "oat-compact: %s: %s\n", command->dir, why);
    else
        result = oat_compact_report(command, &summary);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("oat-compact: cannot write all of the output\n", stderr);
        return EXIT_FAILURE;
    }
    return result == OAT_OK && progress.damaged == 0 && summary.damaged_days == 0 ? EXIT_SUCCESS
                                                                                  : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct oat_compact_command command;
    char error[300];
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error at a call */
    oat_faults_catch();
    if (!oat_compact_options_parse(argc, argv, oat_clock_wall_ns(), &command, error, sizeof error)) {
        fprintf(stderr, "oat-compact: %s\nTry oat-compact --help.\n", error);
        return EXIT_USAGE;
    }
    if (command.help) {
        fputs(oat_compact_usage, stdout);
        return EXIT_SUCCESS;
    }
    if (command.version) {
        printf("oat-compact %s\n", oat_version());
        return EXIT_SUCCESS;
    }
    return compact(&command);
}
