#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)

static uint64_t now_ns(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void oat_cli_progress(struct oat_cli_progress *progress, uint64_t done)
{
    if (!progress->enabled)
        return;
    uint64_t now = now_ns();
    if (progress->begun_ns == 0)
        progress->begun_ns = now;
    if (now - progress->begun_ns < SECOND || now - progress->shown_ns < SECOND / 5)
        return;
    progress->shown_ns = now;
    fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " %s", done, progress->total, progress->what);
}

void oat_cli_progress_end(struct oat_cli_progress *progress)
{
    if (progress->shown_ns > 0)
        fputs("\r\033[K", stderr);
}
