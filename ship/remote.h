/* The daemon that pairs are sent to. One thread at a time. */
#ifndef OAT_SHIP_REMOTE_H
#define OAT_SHIP_REMOTE_H

#include "ship/answer.h"

struct oat_ship_remote;

struct oat_ship_remote_options {
    const char *url;     /* "https://traces.example", without a path; borrowed */
    const char *token;   /* NULL: none; borrowed */
    const char *ca_path; /* certificates that are trusted; NULL: the system's; borrowed */
    /* Asked about once a second while a request runs: true ends it, as when no answer comes. NULL: never. */
    bool (*gives_up)(void *arg);
    void *arg;
};

/* How a URL leads to a daemon. */
enum oat_ship_way {
    OAT_SHIP_NO_WAY,   /* it is none */
    OAT_SHIP_SAFELY,   /* encrypted, or to this machine */
    OAT_SHIP_IN_PLAIN, /* over a network, for everyone to read */
};

enum oat_ship_way oat_ship_way_to(const char *url);

/* How a request went. */
enum oat_ship_outcome {
    OAT_SHIP_DONE,
    OAT_SHIP_LATER,      /* no connection, too much to do, no room: to be tried again */
    OAT_SHIP_CONFLICT,   /* what is there is not what was thought (409), or it was not believed (422) */
    OAT_SHIP_REFUSED,    /* the token, the address: it makes no sense to go on */
    OAT_SHIP_UNREADABLE, /* of a pair: a file of it here cannot be read */
};

/* options: borrowed until it is freed. NULL: out of memory. */
struct oat_ship_remote *oat_ship_remote_new(const struct oat_ship_remote_options *options);
/* Takes NULL. */
void oat_ship_remote_free(struct oat_ship_remote *remote);

/* Asks what of a pair is there. *ret is set but for OAT_SHIP_LATER without an answer, when its message says
 * why. */
enum oat_ship_outcome oat_ship_remote_ask(struct oat_ship_remote *remote, const uint8_t writer_id[16],
                                          uint32_t seq, struct oat_ship_answer *ret);

/* What is sent: bytes of a file of a pair. */
struct oat_ship_piece {
    const uint8_t *writer_id; /* 16 bytes */
    uint32_t seq;
    const char *file; /* "blobs" or "spans" */
    uint64_t offset;
    const uint8_t *bytes;
    size_t len;
    bool is_damaged, has_ended; /* docs/api.md */
};

/* Likewise. */
enum oat_ship_outcome oat_ship_remote_put(struct oat_ship_remote *remote, const struct oat_ship_piece *piece,
                                          struct oat_ship_answer *ret);

/* Seconds that the daemon asked to be left alone, when it last was OAT_SHIP_LATER; 0: it did not say. */
unsigned oat_ship_remote_retry_after_s(const struct oat_ship_remote *remote);

#endif
