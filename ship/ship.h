/* Sends the hot files of a store to a daemon: the disk is the queue. What has come over there is asked of the
 * daemon, so a sender can be killed at any time, and another one goes on. */
#ifndef OAT_SHIP_SHIP_H
#define OAT_SHIP_SHIP_H

#include "reader/store.h"
#include "ship/remote.h"

struct oat_ship_options {
    struct oat_ship_remote_options remote;
    uint64_t interval_ns; /* between looks at the files */
    bool once;            /* ends when all that is there now was sent, or could not be */
    bool drops_sent;      /* a pair that was sent whole is removed from the store */
    uint32_t batch_slots; /* at most so many in a request; 0: as many as fit into 4 MiB */
    /* Tells people what goes wrong, and that it goes on again; from the calling thread. */
    void (*tell)(void *arg, const char *message);
    /* Waits so long, or until it is to end: then false; the summary says how the look before went. NULL: it
     * never is to end. */
    bool (*wait)(void *arg, uint64_t ns);
    void *arg;
};

struct oat_ship_summary {
    uint64_t pairs, complete; /* that there are; of them those that are there whole */
    uint64_t bytes;           /* sent */
    bool is_up_to_date;       /* all that was there at the last look was sent */
};

/* Sends until everything was (once), or until it is to end; then, unless the daemon is away, what came
 * meanwhile is sent as well. *ret is set in any case, and while it runs, by the calling thread. Nothing is
 * changed in the store, but that it gets an outbox (reader/outbox.h), unless once, and that it is noted there
 * what was sent, unless that is removed. OAT_OK; OAT_E_INVALID: the
 * daemon refused (it was told why), or could not be reached (once); OAT_E_NOMEM, OAT_E_IO (errno): the store
 * cannot be read. */
int oat_ship_run(const struct oat_store *store, const struct oat_ship_options *options,
                 struct oat_ship_summary *ret);

#endif
