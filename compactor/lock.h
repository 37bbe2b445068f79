/* LOCK: held by whoever compacts. An open-file-description lock, so it goes with the process; the text in
 * the file says who holds it, for people. The file stays. */
#ifndef OAT_COMPACTOR_LOCK_H
#define OAT_COMPACTOR_LOCK_H

#include "oat/oat.h"

#define OAT_LOCK_NAME        "LOCK"
#define OAT_LOCK_HOLDER_SIZE 128u

/* Takes the lock of a store, waiting for it when asked to. OAT_OK: *ret_fd holds it until it is closed
 * (oat_lock_release). OAT_NOTFOUND: somebody else has it, and ret_holder says who: program, process and
 * since when, printable; "" when that cannot be read. OAT_E_IO, OAT_E_FULL (errno). */
int oat_lock_take(int store_fd, bool wait, int *ret_fd, char ret_holder[OAT_LOCK_HOLDER_SIZE]);

/* Accepts -1; keeps errno. */
void oat_lock_release(int fd);

#endif
