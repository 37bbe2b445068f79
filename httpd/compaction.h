/* Compaction in the background, so that hot data stays bounded: a thread looks every ten seconds how much
 * the agents have left behind, and runs oat-compact's work when it is more than OAT_COMPACT_BYTES or older
 * than OAT_COMPACT_AGE_S. It shares LOCK with the nightly tool and gives way to it. Where there is a
 * retention, it runs every OAT_COMPACT_RETAIN_S at least. Of several compactions of this process one runs at
 * a time: memory is bounded for all of them. */
#ifndef OAT_HTTPD_COMPACTION_H
#define OAT_HTTPD_COMPACTION_H

#include <stdbool.h>

#include "compactor/retain.h"

#define OAT_COMPACT_BYTES    (256u << 20)
#define OAT_COMPACT_AGE_S    3600
#define OAT_COMPACT_RETAIN_S 21600

struct oat_compaction;

/* Starts the thread. dir and retention (what is kept; zeros: all) must outlive it. False: it cannot be
 * started, which was logged. */
bool oat_compaction_start(const char *dir, const struct oat_retention *retention,
                          struct oat_compaction **ret);

/* Ends it: waits for a run that is under way. Accepts NULL. */
void oat_compaction_stop(struct oat_compaction *compaction);

#endif
