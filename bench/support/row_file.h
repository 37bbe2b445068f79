/* Generated rows for other engines: DIR/rows.bin, records of struct oat_bench_row; DIR/texts.txt, the
 * texts they refer to, one a line; DIR/rows.json, where each column lies in a record. */
#ifndef OAT_BENCH_ROW_FILE_H
#define OAT_BENCH_ROW_FILE_H

#include "bench/support/agent_run.h"

#include <stdio.h>

/* Makes DIR with an empty rows.bin in it, and rows.json. All of these end the program when it fails. */
FILE *oat_bench_row_file_open(const char *dir);
void oat_bench_row_file_add(FILE *file, const oat_bench_row *rows, size_t count);
/* Closes rows.bin and writes texts.txt. */
void oat_bench_row_file_close(FILE *file, const char *dir, const oat_bench_texts *texts);

#endif
