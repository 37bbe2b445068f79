/* One process's writing: its current pair, rolling, appending. */
#ifndef OAT_WRITER_WRITER_H
#define OAT_WRITER_WRITER_H

#include "writer/core.h"

/* Makes the process's writer of a tracer; files come with the first append. NULL: out of memory. */
oat_writer *oat_writer_new(oat_tracer *tracer);
/* Ends the flusher, seals the pairs, makes their names durable, takes .live away. No thread may be
 * inside a call or make one; threads may still end and the process may fork. */
void oat_writer_finish(oat_writer *writer);
/* Frees a writer that is finished and in no table any more. */
void oat_writer_free(oat_writer *writer);
/* In a forked child: closes what the parent's writer holds; async-signal-safe. */
void oat_writer_abandon(oat_writer *writer);

/* Replaces `full` (NULL: there is none yet) as the current pair, unless somebody did. OAT_OK,
 * OAT_E_FULL, OAT_E_IO, OAT_E_NOMEM. Not while inside an append. */
int oat_writer_roll(oat_writer *writer, oat_pair *full);

/* A counter over all threads; any thread, and a little behind those that count meanwhile. */
uint64_t oat_writer_sum(const oat_writer *writer, enum oat_counter counter);

/* Counts a drop by its cause and remembers errno. */
void oat_count_drop(oat_thread *thread, int result);

/* An append: pair-relative work under the protection that keeps the pair from being sealed.
 * Returns OAT_OK, OAT_NOTFOUND (the pair is full: roll and do it again), or a failure. The work
 * itself: append.h. */
typedef int oat_append_fn(oat_thread *thread, oat_pair *pair, void *arg);

/* Takes the next lane of a pair for the calling thread. Returns as oat_append_fn. */
int oat_take_lane(oat_thread *thread, oat_pair *pair);

/* Stores a payload in the pair of the append under way. Returns as oat_append_fn. */
int oat_append_payload(oat_thread *thread, oat_pair *pair, const void *data, size_t len, uint8_t media,
                       struct oat_disk_blob_ref *ret);

/* As oat_append_payload, but a payload that cannot be stored (no space, no memory, a limit) becomes
 * a reference marked lost, counted, and OAT_OK: the span is worth more than one payload. */
int oat_append_payload_or_lost(oat_thread *thread, oat_pair *pair, const void *data, size_t len,
                               uint8_t media, struct oat_disk_blob_ref *ret);

/* True when no thread is inside an append on the pair, which must not be current any more. */
bool oat_writer_pair_is_quiet(oat_writer *writer, const oat_pair *pair);

/* Length of .blobs below which no write is under way. */
uint64_t oat_writer_whole_blob_bytes(const oat_writer *writer, const oat_pair *pair);

#endif
