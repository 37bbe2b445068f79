/* What a killed writer was at, as its files tell. */
#ifndef OAT_TESTS_RUN_CRASH_FILES_H
#define OAT_TESTS_RUN_CRASH_FILES_H

#include <stdbool.h>
#include <stdint.h>

struct oat_crash_moment {
    bool making;    /* a pair: a file under a temporary name, or .blobs without .spans */
    bool carrying;  /* running spans into the newest pair */
    bool sealing;   /* an older pair is not sealed yet */
    bool growing;   /* the newest .spans has grown by a step that is not used yet */
    bool group_end; /* the last block begins a group */
    bool torn;      /* an entry was reserved and not written whole */
};

/* Looks at hot/ of a store all of whose writers are dead. */
struct oat_crash_moment oat_crash_moment_of(const char *dir);

#endif
