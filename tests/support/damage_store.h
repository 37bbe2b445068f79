/* A copy of a golden store whose bytes can be changed, and what a reader makes of it. */
#ifndef OAT_TESTS_DAMAGE_STORE_H
#define OAT_TESTS_DAMAGE_STORE_H

#include "format/hash.h"
#include "tests/support/run_dir.h"

#include <stdbool.h>

#define DAMAGE_FILES_MAX 8
#define DAMAGE_SPANS_MAX 64

struct damage_file {
    char path[512];
    uint8_t *bytes; /* as they were */
    size_t len;
};

struct damage_store {
    char dir[OAT_RUN_PATH_SIZE];
    struct damage_file files[DAMAGE_FILES_MAX];
    size_t file_count;
};

/* What a reader shows: a hash over everything of each span, sorted; how much belongs to spans; and a
 * hash over all that it reports. */
struct damage_view {
    bool opened;
    oat_content_id problems;
    uint64_t joined; /* events, links, scores */
    size_t span_count;
    oat_content_id spans[DAMAGE_SPANS_MAX];
};

/* Copies a store to a directory of its own. Aborts on trouble, as all of these do. */
void damage_store_copy(struct damage_store *store, const char *golden_dir);
void damage_store_free(struct damage_store *store);

/* Writes a file as it was, but for one byte (at < len), or cut to new_len. */
void damage_store_change(const struct damage_file *file, size_t at, uint8_t byte);
void damage_store_cut(const struct damage_file *file, size_t new_len);
void damage_store_restore(const struct damage_file *file);

/* Opens the store, takes a snapshot, reads every payload, verifies every byte. */
void damage_store_view(const struct damage_store *store, struct damage_view *ret);

/* Both report the same. */
bool damage_view_same_problems(const struct damage_view *a, const struct damage_view *b);
/* Both show the same. */
bool damage_view_same(const struct damage_view *a, const struct damage_view *b);
/* Every span of `part` is one of `whole`. */
bool damage_view_within(const struct damage_view *part, const struct damage_view *whole);

#endif
