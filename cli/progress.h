/* A line on stderr for what takes longer than a second, on a terminal only. */
#ifndef OAT_CLI_PROGRESS_H
#define OAT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise, then set enabled, total and what. */
struct oat_cli_progress {
    bool enabled;
    uint64_t total;
    const char *what;
    uint64_t begun_ns;
    uint64_t shown_ns;
};

/* `done` of the total are done. Call it often; it prints a few times a second. */
void oat_cli_progress(struct oat_cli_progress *progress, uint64_t done);

/* Takes the line away. */
void oat_cli_progress_end(struct oat_cli_progress *progress);

#endif
