/* Parts of the live set, open from one build of a run to the next: a run may merge many days, and each build
 * asks all parts that stay. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_OPEN_PARTS_H
#define OAT_COMPACTOR_OPEN_PARTS_H

#include "reader/manifest.h"
#include "reader/part.h"
#include "reader/sources.h"

/* Zero-initialise, but for `problems`. */
struct oat_open_parts {
    struct oat_part **parts; /* in the order of MANIFEST */
    size_t count;
    struct oat_problems problems; /* what was found wrong with them */
};

/* Closes them and clears the problems. */
void oat_open_parts_clear(struct oat_open_parts *open);

/* Opens what MANIFEST lists, unless it is open or one of the sources, and closes what it does not list any
 * more. *ret_stay: those that are not among the sources; free the list, the parts are borrowed until the next
 * call. A part that is damaged is left out, as readers do. OAT_OK or OAT_E_NOMEM. */
int oat_open_parts_follow(struct oat_open_parts *open, int store_fd, const struct oat_manifest *manifest,
                          const struct oat_sources *sources, struct oat_part ***ret_stay, size_t *ret_count);

#endif
