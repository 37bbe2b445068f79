/* outbox/: a store that has it is sent elsewhere, and says in it which pairs have been (SPEC.md, MANIFEST).
 */
#ifndef OAT_READER_OUTBOX_H
#define OAT_READER_OUTBOX_H

#include "reader/pair.h"

#define OAT_OUTBOX_DIR       "outbox"
#define OAT_OUTBOX_HOLD_NS   (UINT64_C(7) * 24 * 3600 * 1000000000) /* nobody sends it, it seems */
#define OAT_OUTBOX_NAME_SIZE 64u

/* The file that says that a pair was sent: "outbox/<writer>-<seq>". */
void oat_outbox_name(const uint8_t writer_id[16], uint32_t seq, char ret[OAT_OUTBOX_NAME_SIZE]);

/* Is the pair to be sent still, before its files may go? Not when it was written to for the last time long
 * before now_ns (wall clock). */
bool oat_outbox_awaits(int store_fd, const struct oat_pair *pair, uint64_t now_ns);

#endif
