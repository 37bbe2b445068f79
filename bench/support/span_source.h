/* Spans of 30 days in memory, as packed as a part has them: what queries are measured on. */
#ifndef OAT_BENCH_SPAN_SOURCE_H
#define OAT_BENCH_SPAN_SOURCE_H

#include "reader/query_scan.h"

#define OAT_BENCH_SOURCE_DAYS     30u
#define OAT_BENCH_SOURCE_START_NS UINT64_C(1790000000000000000)

/* So many batches of 1,024 rows; a run of 1,024 batches is made and comes again and again, later by as much
 * as it takes to fill the 30 days. Ends the program when there is no memory. */
struct oat_bench_source;
struct oat_bench_source *oat_bench_source_new(uint32_t batches);
void oat_bench_source_free(struct oat_bench_source *source);

/* Leaves to be read what started in [from_ns, to_ns) of the 30 days, in whole batches, as a store leaves out
 * the parts of other days. */
void oat_bench_source_narrow(struct oat_bench_source *source, uint64_t from_ns, uint64_t to_ns);

/* The source, as often as it is asked for. */
struct oat_query_sources oat_bench_sources(struct oat_bench_source *source);

#endif
