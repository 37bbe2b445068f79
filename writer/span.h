/* Handles of running spans. */
#ifndef OAT_WRITER_SPAN_H
#define OAT_WRITER_SPAN_H

#include "writer/core.h"

/* Brings a span's references into the pair of the append under way. Returns as oat_append_fn. */
int oat_span_rehome(oat_thread *thread, oat_pair *pair, oat_span *span);

#endif
