/* Lets the n-th file-system call of the compactor fail, or ends the process at it (compactor/fs.h). */
#ifndef OAT_TESTS_FS_FAULT_H
#define OAT_TESTS_FS_FAULT_H

#include "compactor/fs.h"

enum oat_fault {
    OAT_FAULT_NONE,
    OAT_FAULT_FAIL,      /* the n-th call alone fails */
    OAT_FAULT_FAIL_ON,   /* the n-th and all later ones fail */
    OAT_FAULT_KILL,      /* SIGKILL instead of the call */
    OAT_FAULT_KILL_TORN, /* likewise; a write gets half of its bytes into the file first */
};

/* From now on. n: 0 is the next call. error: what a failing call sets errno to. Counting starts anew. */
void oat_fault_arm(enum oat_fault fault, uint64_t n, int error);

/* Calls since oat_fault_arm. */
uint64_t oat_fault_calls(void);

/* Shows every call that does not fail to fn, before it is made; NULL: no more. */
void oat_fault_watch(void (*fn)(void *arg, const struct oat_fs_event *event), void *arg);

#endif
