/* The newest messages of a tail, for subscribers that take them at their own pace. Memory is bounded: new
 * messages push the oldest ones out, and who had not taken those learns how many they were. Pure; guarded by
 * whoever has it. */
#ifndef OAT_HTTPD_LIVE_RING_H
#define OAT_HTTPD_LIVE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_RING_FORMS_MAX  1024u /* that messages may be for */
#define OAT_RING_FORM_WORDS (OAT_RING_FORMS_MAX / 64)

struct oat_ring;

/* Room for so many messages of so many bytes together. NULL: out of memory. */
struct oat_ring *oat_ring_new(size_t messages_max, size_t bytes_max);
/* Takes NULL. */
void oat_ring_free(struct oat_ring *ring);

/* Adds a message for the forms whose bits are set. One larger than the ring is left out, and counts as
 * missed. */
void oat_ring_put(struct oat_ring *ring, const char *bytes, size_t len,
                  const uint64_t forms[OAT_RING_FORM_WORDS]);

/* Where a subscriber of a form stands. */
struct oat_ring_place {
    uint64_t next;  /* message of the ring */
    uint64_t taken; /* messages of the form that were taken or missed */
};

/* Behind the last message: what comes from now on. */
struct oat_ring_place oat_ring_end(const struct oat_ring *ring, unsigned form);

/* How many messages of the form were pushed out before the place; it moves behind them. */
uint64_t oat_ring_missed(const struct oat_ring *ring, unsigned form, struct oat_ring_place *place);

/* Hands messages of the form to fn, in order, until the next one would make more than max_bytes of them, but
 * one at least. False: there is none. Call oat_ring_missed first. */
bool oat_ring_take(const struct oat_ring *ring, unsigned form, struct oat_ring_place *place, size_t max_bytes,
                   void (*fn)(void *arg, const char *bytes, size_t len), void *arg);

#endif
