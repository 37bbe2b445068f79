/* Removes what was sent, where it is not to be kept. */
#ifndef OAT_SHIP_DROP_H
#define OAT_SHIP_DROP_H

#include "reader/pair.h"

/* Removes the files of a pair of the store; with_writer: also the one that tells that its writer lives. For a
 * pair that nobody writes to any more and that is not noted in the outbox as sent: that one is left alone by
 * compaction. OAT_OK, also when they are gone; OAT_E_IO (errno). */
int oat_ship_drop(int store_fd, const struct oat_pair *pair, bool with_writer);

#endif
