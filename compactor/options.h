/* The command line of oat-compact. */
#ifndef OAT_COMPACTOR_OPTIONS_H
#define OAT_COMPACTOR_OPTIONS_H

#include "compactor/compact.h"

#define OAT_MOUNTS_MAX 64u

struct oat_compact_command {
    const char *dir; /* borrowed from argv or the environment */
    struct oat_compact_options options;
    const char *mounts[OAT_MOUNTS_MAX];
    bool json, help, version;
};

/* Reads argv; times like "today" are seen from now_ns. On false, ret_error says what is wrong. Without DIR:
 * OAT_DATA_DIR, else ".oat". ret->options refers to *ret. argv is reordered; not for several threads. */
bool oat_compact_options_parse(int argc, char **argv, uint64_t now_ns, struct oat_compact_command *ret,
                               char *ret_error, size_t error_size);

extern const char oat_compact_usage[];

#endif
