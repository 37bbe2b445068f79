/* Putting rows and marks into the traces of an assembly. */
#ifndef OAT_READER_ASSEMBLY_ADD_H
#define OAT_READER_ASSEMBLY_ADD_H

#include "reader/assembly.h"

/* Puts what was collected into its traces, which then are as if all had been put together at once: only
 * those are joined and built again. An OPEN of a pair takes the status that its writer's liveness gives it
 * now, or goes when the pair's OPENs do not count any more; so a trace may also be named to be looked at
 * again, with nothing new. Rows and marks of *collected are used up. OAT_OK or OAT_E_NOMEM, after which some
 * traces have what is new and some have not. */
int oat_assembly_add(struct oat_assembly *assembly, struct oat_rows *collected);

/* Adds at least one trace as it is, none of which is there, without rows or marks. OAT_OK or OAT_E_NOMEM. */
int oat_assembly_add_traces(struct oat_assembly *assembly, const struct oat_trace_info *traces, size_t count);

#endif
