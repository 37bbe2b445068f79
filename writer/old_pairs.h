/* Pairs of a writer that are done with. */
#ifndef OAT_WRITER_OLD_PAIRS_H
#define OAT_WRITER_OLD_PAIRS_H

#include "writer/core.h"

/* Frees pairs whose files were closed and that nothing names any more, so that a process that runs for months
 * keeps a few. Flusher only; takes sync_lock. */
void oat_old_pairs_forget(oat_writer *writer);

#endif
