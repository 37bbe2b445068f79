/* What a reader found wrong, kept for whoever asks (oat_snapshot_problem). Any thread may add. */
#ifndef OAT_READER_PROBLEMS_H
#define OAT_READER_PROBLEMS_H

#include "oat/reader.h"

#include <pthread.h>

#define OAT_PROBLEMS_MAX 10000u /* problems kept one by one; later ones are only counted in the last */

struct oat_problem_entry;

struct oat_problems {
    pthread_mutex_t lock;
    struct oat_problem_entry **entries;
    size_t count;
    size_t capacity;
};

void oat_problems_init(struct oat_problems *problems);
void oat_problems_clear(struct oat_problems *problems);

/* Sets *ret to a single problem. path is borrowed, `what` static; the texts are copied. */
void oat_problem_of(oat_problem *ret, enum oat_problem_kind kind, const char *path, uint64_t offset,
                    const char *what, const char *expected, const char *found);
/* As above with two numbers. */
void oat_problem_of_numbers(oat_problem *ret, enum oat_problem_kind kind, const char *path, uint64_t offset,
                            const char *what, uint64_t expected, uint64_t found);
/* As above with the text of errno. */
void oat_problem_of_errno(oat_problem *ret, const char *path, uint64_t offset, const char *what, int error);
/* As above: why a file could not be opened, by result and found of oat_file_open, and errno. */
void oat_problem_of_open(oat_problem *ret, const char *path, int result, const char *found);

/* Adds a problem. A problem of the kind, path and text of the newest is counted there instead. path
 * and the texts are copied, `what` is static. Out of memory drops it. The others: as above. */
void oat_problems_add(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                      uint64_t offset, const char *what, const char *expected, const char *found);
void oat_problems_add_numbers(struct oat_problems *problems, enum oat_problem_kind kind, const char *path,
                              uint64_t offset, const char *what, uint64_t expected, uint64_t found);
void oat_problems_add_errno(struct oat_problems *problems, const char *path, uint64_t offset,
                            const char *what, int error);
void oat_problems_add_open(struct oat_problems *problems, const char *path, int result, const char *found);

/* Adds one that another list has; with its count. */
void oat_problems_add_copy(struct oat_problems *problems, const oat_problem *problem);

size_t oat_problems_count(struct oat_problems *problems);
/* How often something was added. */
uint64_t oat_problems_total(struct oat_problems *problems);
/* Borrowed until oat_problems_clear; NULL past the end. */
const oat_problem *oat_problems_get(struct oat_problems *problems, size_t index);

#endif
