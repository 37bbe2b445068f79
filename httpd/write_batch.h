/* Answers on their way out of a loop. Those that get ready in one turn are written some at a time: a client
 * that waits for many of them wakes once for some of them, not for each. */
#ifndef OAT_HTTPD_WRITE_BATCH_H
#define OAT_HTTPD_WRITE_BATCH_H

/* What waits at most: together, answers must not leave the processor's caches before they are written. */
#define OAT_WRITE_BATCH       12u
#define OAT_WRITE_BATCH_BYTES (768u << 10)
#define OAT_WRITE_MAX_BYTES   (256u << 10) /* of a stream at once: 16 KiB, as libevent has it, cost turns */

struct bufferevent;
struct event_base;
struct oat_write_batch;

/* Of a loop, on whose thread it is used. NULL: out of memory. */
struct oat_write_batch *oat_write_batch_new(struct event_base *base);

/* Writes what there is in the stream before the loop's turn ends, and as soon as OAT_WRITE_BATCH streams or
 * OAT_WRITE_BATCH_BYTES wait: with libevent's own means it would go out in the next turn, and the kernel
 * would have been asked to tell when there is room. What does not go out then does in the next turn, errors
 * included. The stream may be freed meanwhile. */
void oat_write_batch_put(struct oat_write_batch *batch, struct bufferevent *stream);

/* Writes what waits. Takes NULL. */
void oat_write_batch_free(struct oat_write_batch *batch);

#endif
