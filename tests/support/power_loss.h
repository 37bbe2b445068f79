/* What a power loss would leave of a directory: of every file what was synced last, under the names that
 * its folder had when that was synced last. */
#ifndef OAT_TESTS_POWER_LOSS_H
#define OAT_TESTS_POWER_LOSS_H

#include <stdbool.h>

struct oat_power_loss;

/* Begins to follow the compactor's calls (fs_fault.h) in this process. All that is in dir now counts as
 * synced. eager_unlinks: removed names are gone at once, synced or not; else they come back. */
struct oat_power_loss *oat_power_loss_begin(const char *dir, bool eager_unlinks);

/* Ends it and makes dir what would be left of it. */
void oat_power_loss_strike(struct oat_power_loss *loss);

#endif
