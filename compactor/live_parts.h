/* Parts that stay in the store beside the ones being made: what they know of spans and traces. Used by
 * one thread at a time. */
#ifndef OAT_COMPACTOR_LIVE_PARTS_H
#define OAT_COMPACTOR_LIVE_PARTS_H

#include "reader/part.h"

struct oat_live_parts {
    struct oat_part **parts;
    size_t count, capacity;
    size_t borrowed; /* the first ones are somebody else's */
};

/* Takes over the list; the parts are borrowed. OAT_OK or OAT_E_NOMEM. */
int oat_live_parts_init(struct oat_live_parts *live, struct oat_part *const *parts, size_t count);
/* Closes those that were added. Accepts a zeroed one. */
void oat_live_parts_clear(struct oat_live_parts *live);

/* Adds a part, which is closed with the others, also when this fails. OAT_OK or OAT_E_NOMEM. */
int oat_live_parts_add(struct oat_live_parts *live, struct oat_part *part);

/* True when a part has an ended span of that trace and id. */
bool oat_live_parts_has_ended(const struct oat_live_parts *live, const uint8_t trace_id[16],
                              const uint8_t span_id[8]);

/* The day of the newest part, not newer than `day` + 1, that has the span; span_id zero: that has the
 * trace. False: none. */
bool oat_live_parts_find_day(const struct oat_live_parts *live, uint32_t day, const uint8_t trace_id[16],
                             const uint8_t span_id[8], uint32_t *ret_day);

#endif
