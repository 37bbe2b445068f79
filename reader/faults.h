/* Reads of mapped files that fail: somebody cuts the file, or its device fails, and the read raises SIGBUS.
 * In a program that catches faults the bytes read as zeros from then on, which checks find, and the fault is
 * counted: what was computed since the count moved may be wrong. Programs of this project do; a library has
 * no business with the signals of its host, where such a read ends the process.
 *
 * The count is of the whole process, so somebody else's fault may spoil good work: it is done again. */
#ifndef OAT_READER_FAULTS_H
#define OAT_READER_FAULTS_H

#include "oat/reader.h"

struct oat_watched;

/* Catches faults in watched mappings from now on, in all threads; other SIGBUS go where they went before.
 * Call it before threads are started; again is harmless. */
void oat_faults_catch(void);

/* True once they are. Any thread. */
bool oat_faults_are_caught(void);

/* Faults caught so far. Any thread. */
uint64_t oat_faults_count(void);

/* Sets *ret to the newest fault, OAT_PROBLEM_IO; its texts are static storage. False: there was none. Any
 * thread. */
bool oat_faults_newest(oat_problem *ret);

/* Watches a mapping of a file; path, below the store, is copied. NULL: out of memory, or longer than 1 TiB:
 * a fault there ends the process. Any thread. */
struct oat_watched *oat_faults_watch(const void *mapping, uint64_t len, const char *path);

/* Before it is unmapped; accepts NULL. Any thread. */
void oat_faults_unwatch(struct oat_watched *watched);

/* As oat_faults_newest, but the first of one mapping; accepts NULL. */
bool oat_faults_of(struct oat_watched *watched, oat_problem *ret);

#endif
