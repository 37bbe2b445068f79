/* Slots of pairs, read again in the order of parts: those of a trace lie near each other, so files are read
 * in windows, and the windows used last are kept. Used by one thread at a time. */
#ifndef OAT_COMPACTOR_SLOT_WINDOWS_H
#define OAT_COMPACTOR_SLOT_WINDOWS_H

#include "reader/sources.h"

#define OAT_SLOT_WINDOW_BYTES (64u << 10)

struct oat_slot_window;

struct oat_slot_windows {
    struct oat_slot_window *windows; /* in sets; a window of a file can lie in one set */
    uint8_t *memory;                 /* their bytes */
    uint32_t set_count;              /* a power of two */
    uint64_t clock;                  /* counts uses */
};

/* memory_bytes: what they may hold, about. OAT_OK or OAT_E_NOMEM. */
int oat_slot_windows_init(struct oat_slot_windows *windows, uint64_t memory_bytes);
/* Accepts a zeroed one. */
void oat_slot_windows_free(struct oat_slot_windows *windows);

/* Reads and checks a slot that a scan has seen whole. *ret_bytes is borrowed until the next call. OAT_OK;
 * OAT_E_CORRUPT, OAT_E_IO: it cannot be read any more, which is added to problems. */
int oat_slot_windows_get(struct oat_slot_windows *windows, const struct oat_pair *pair, uint32_t slot_no,
                         struct oat_problems *problems, const uint8_t **ret_bytes, uint16_t *ret_kind);

#endif
