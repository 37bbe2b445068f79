/* The frames of a WebSocket (RFC 6455), server's side: bytes of a client become messages, messages become
 * bytes. Framing is wslay's; limits are set here. Pure: what goes where is the caller's. One thread. */
#ifndef OAT_HTTPD_FRAMES_H
#define OAT_HTTPD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_FRAMES_MESSAGE_MAX (64u << 10) /* of a client, in bytes; a larger one ends it (1009) */

enum oat_close_code {
    OAT_CLOSE_GOING_AWAY = 1001,
    OAT_CLOSE_UNSUPPORTED = 1003,
    OAT_CLOSE_POLICY = 1008,
    OAT_CLOSE_INTERNAL = 1011,
};

struct oat_frames_events {
    void (*send)(void *arg, const void *bytes, size_t len); /* bytes for the client; takes all of them */
    void (*text)(void *arg, const char *bytes, size_t len); /* a message of it, UTF-8; may call back */
};

struct oat_frames;

/* NULL: out of memory. */
struct oat_frames *oat_frames_new(const struct oat_frames_events *events, void *arg);
/* Not from within an event. Takes NULL. */
void oat_frames_free(struct oat_frames *frames);

/* Takes bytes of the client. Pings are answered, binary messages end it (1003). False: it is over, once what
 * was given to send has gone. */
bool oat_frames_feed(struct oat_frames *frames, const void *bytes, size_t len);

/* Sends a message, UTF-8. False as above, or out of memory. */
bool oat_frames_text(struct oat_frames *frames, const char *bytes, size_t len);
bool oat_frames_ping(struct oat_frames *frames);

/* Begins the end: nothing is sent behind it. reason: at most 123 bytes. */
void oat_frames_close(struct oat_frames *frames, enum oat_close_code code, const char *reason);

#endif
