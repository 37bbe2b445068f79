/* What a tracer says to its host. */
#ifndef OAT_WRITER_TRACER_H
#define OAT_WRITER_TRACER_H

#include "writer/core.h"

/* Reports a cause once a tracer (config.warn). */
void oat_warn(oat_tracer *tracer, int result, const char *what);

#endif
