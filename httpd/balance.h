/* Which of the loops that share their listening sockets take the next connection: those that have the fewest.
 * Left to the kernel, some get many more than others, and who is with them waits longer. */
#ifndef OAT_HTTPD_BALANCE_H
#define OAT_HTTPD_BALANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_LOOPS_MAX 4u

/* Zero-initialise; used by all loops at once. */
struct oat_balance {
    unsigned count; /* of loops */
    struct oat_balance_loop {
        atomic_size_t connections;
        atomic_bool takes; /* connections, by its last look */
        atomic_bool asked; /* to look again */
    } loops[OAT_LOOPS_MAX];
};

/* Adds a loop, OAT_LOOPS_MAX at most, which has no connection and takes the next. Returns its number, from 0
 * on. Before any loop runs. */
unsigned oat_balance_add(struct oat_balance *balance);

/* Says how many connections a loop has now. Returns the loops that are to look again, a bit each: for any of
 * them this says so once until it has looked. Any thread. */
uint64_t oat_balance_note(struct oat_balance *balance, unsigned loop, size_t connections);

/* Is the loop to take connections from now on? On its thread. */
bool oat_balance_look(struct oat_balance *balance, unsigned loop);

#endif
