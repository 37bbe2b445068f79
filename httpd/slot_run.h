/* A run of slots that came from elsewhere: which of them may be stored. Pure. */
#ifndef OAT_HTTPD_SLOT_RUN_H
#define OAT_HTTPD_SLOT_RUN_H

#include <stdbool.h>

#include "format/slot.h"

#define OAT_SLOT_RUN_MISSING_MAX 32u

/* Slots [first, first + count) of a file, as they came, and as they are here (zeros where the file does not
 * reach); those that were never written are zeros. All is borrowed. */
struct oat_slot_run {
    const uint8_t *slots, *stored;
    uint32_t first, count;
    uint64_t nonce;      /* of the pair */
    uint64_t blob_bytes; /* of .blobs that are here */
    bool is_damaged;     /* where they come from, too, what they refer to is missing */
    /* Whether a slot outside the run is here, and a STRING. */
    bool (*has_string)(void *arg, uint32_t slot_no);
    void *arg;
};

enum oat_slot_run_verdict {
    OAT_SLOT_RUN_GOOD,
    OAT_SLOT_RUN_BAD,     /* no slot, or one with values that cannot be: `what`, at `slot_no` */
    OAT_SLOT_RUN_OTHER,   /* another one is here at `slot_no` */
    OAT_SLOT_RUN_MISSING, /* `missing`: what they refer to is not here */
};

struct oat_slot_run_report {
    uint32_t slot_no;
    const char *what;                           /* static */
    uint32_t fresh, spans;                      /* slots that are new here; finished spans among them */
    uint32_t missing[OAT_SLOT_RUN_MISSING_MAX]; /* STRING slots; the first ones */
    unsigned missing_count;
    uint64_t missing_blob; /* an offset at or behind blob_bytes; 0: none is missing */
};

/* A slot is good when its checksum is right, its values can be, nothing else is in its place, and what it
 * refers to is in the run or here. */
enum oat_slot_run_verdict oat_slot_run_check(const struct oat_slot_run *run, struct oat_slot_run_report *ret);

/* Whether slot i of the run is to be written: it came, and is not here. *ret_is_string: it is a STRING, which
 * has to be there before what refers to it. Of a run that is good. */
bool oat_slot_run_is_fresh(const struct oat_slot_run *run, uint32_t i, bool *ret_is_string);

#endif
