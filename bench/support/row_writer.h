/* Generated rows into a store, through the writer. */
#ifndef OAT_BENCH_ROW_WRITER_H
#define OAT_BENCH_ROW_WRITER_H

#include "bench/support/agent_run.h"

typedef struct oat_bench_row_writer oat_bench_row_writer;

/* Opens a store, and makes it if it is not there. All of these end the program when it fails. */
oat_bench_row_writer *oat_bench_row_writer_open(const char *dir, const oat_bench_texts *texts);

/* Appends the spans of a batch in the order in which they end, as a server with so many runs at once
 * would. */
void oat_bench_row_writer_add(oat_bench_row_writer *writer, const oat_bench_batch *batch);

/* Closes the store; fails when anything was dropped. */
void oat_bench_row_writer_close(oat_bench_row_writer *writer);

#endif
