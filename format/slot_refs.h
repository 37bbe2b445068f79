/* What a slot refers to, whatever its kind.
 * Change this file, change SPEC.md section "Slots" in the same commit. */
#ifndef OAT_FORMAT_SLOT_REFS_H
#define OAT_FORMAT_SLOT_REFS_H

#include "format/slot.h"

#define OAT_SLOT_BLOBS_MAX 4u

struct oat_slot_refs {
    uint32_t strings[OAT_TEXT_FIELDS]; /* numbers of the STRING slots */
    unsigned string_count;
    uint64_t blobs[OAT_SLOT_BLOBS_MAX]; /* offsets of the entries */
    unsigned blob_count;
};

/* Lists the references of a slot of a kind (of one that is not known: none), but for those that name nothing
 * and payloads that are marked lost. */
void oat_slot_refs(const uint8_t slot[OAT_SLOT_SIZE], uint16_t kind, struct oat_slot_refs *ret);

#endif
