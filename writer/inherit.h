/* What a span takes over from a parent whose references mean an older pair. */
#ifndef OAT_WRITER_INHERIT_H
#define OAT_WRITER_INHERIT_H

#include "writer/core.h"

/* Brings the references of session and user (*who: low and high half) and prompt name (low half of
 * *prompt) from the parent's home to the pair of the append under way. The parent belongs to the
 * calling thread's chain; another thread may end it meanwhile: thread->reading keeps the home's files
 * open, and if it has ended, the references become 0. Returns as oat_append_fn. */
int oat_inherit_move(oat_thread *thread, oat_pair *pair, const oat_span *parent, oat_pair *home,
                     uint64_t *who, uint64_t *prompt);

#endif
