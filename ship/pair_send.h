/* Sends a pair as far as it is written: what is there already is not sent again, nothing is sent before what
 * it refers to, and what grows is sent on by the next call. */
#ifndef OAT_SHIP_PAIR_SEND_H
#define OAT_SHIP_PAIR_SEND_H

#include "format/limits.h"
#include "reader/pair.h"
#include "ship/remote.h"

/* What is known of a pair over there. Zero-initialise, set the id and number; oat_ship_pair_forget. */
struct oat_ship_pair {
    uint8_t writer_id[16];
    uint32_t seq;
    bool is_known;        /* this and the following: else it is asked for */
    bool complete, ended; /* all of it is there; its writer is known to be dead there */
    bool is_done;         /* so is all that there is of it here, and nothing will come */
    bool is_own;          /* they are the same files: nothing is to be sent */
    uint64_t blob_bytes;
    uint32_t slots;                      /* from the first one on; those behind them that were sent: */
    uint8_t *sent;                       /* a bit each */
    bool has_page;                       /* the header page that was sent last: */
    uint8_t page[OAT_SPANS_HEADER_SIZE]; /* its bytes, */
    uint64_t page_ns;                    /* and when */
};

/* It is asked for again. */
void oat_ship_pair_forget(struct oat_ship_pair *ship);

/* What one call did. */
struct oat_ship_report {
    uint64_t bytes;                      /* sent */
    char message[OAT_SHIP_MESSAGE_SIZE]; /* why it was not done */
};

/* Sends what has come since the last call. pair: open, its liveness probed; is_newest: its writer has no
 * later one; batch_slots: at most so many in a request, 0: as many as fit into 4 MiB. OAT_SHIP_DONE; else
 * *ret says why, and what is known is forgotten where it was wrong. OAT_SHIP_UNREADABLE without memory, too.
 */
enum oat_ship_outcome oat_ship_pair_send(struct oat_ship_pair *ship, const struct oat_pair *pair,
                                         bool is_newest, uint32_t batch_slots, struct oat_ship_remote *remote,
                                         struct oat_ship_report *ret);

#endif
