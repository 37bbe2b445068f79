/* The hot files of a store that a snapshot or a follower reads, with what belongs to them. */
#ifndef OAT_READER_SOURCES_H
#define OAT_READER_SOURCES_H

#include "reader/blob.h"
#include "reader/host.h"
#include "reader/manifest.h"
#include "reader/pair.h"
#include "reader/problems.h"
#include "reader/strings.h"

struct oat_part;

struct oat_sources {
    int store_fd; /* borrowed */
    int hot_fd;   /* -1: the store has no hot/ yet */
    struct oat_host host;
    struct oat_pair **pairs; /* each listing by writer, then seq: an index stays what it is */
    size_t pair_count;
    size_t pair_capacity;
    struct oat_pair **by_name; /* all of them by writer, then seq */
    size_t by_name_capacity;
    struct oat_part **parts; /* those that were opened */
    size_t part_count, part_capacity;
    struct oat_problems problems;
    struct oat_strings strings;
    struct oat_decoders decoders;
    const struct oat_forgotten *forgotten, *forgotten_in_parts; /* read as markers; borrowed, may be NULL */
};

/* A source is a pair (by its index) or a part (by its index, with this bit). */
#define OAT_SOURCE_PART UINT32_C(0x80000000)

/* NULL when the source is a part. */
static inline struct oat_pair *oat_sources_pair(const struct oat_sources *sources, uint32_t source)
{
    return source & OAT_SOURCE_PART ? NULL : sources->pairs[source];
}

/* The source must be a part. */
static inline struct oat_part *oat_sources_part(const struct oat_sources *sources, uint32_t source)
{
    return sources->parts[source & ~OAT_SOURCE_PART];
}

/* Of the writer of what stands in the source; of a part: dead. */
enum oat_liveness oat_sources_liveness(const struct oat_sources *sources, uint32_t source);

/* Adds to problems something about the span at `place` of a source. */
void oat_sources_report(struct oat_sources *sources, uint32_t source, uint32_t place,
                        enum oat_problem_kind kind, const char *what, const char *expected,
                        const char *found);

/* Makes an empty set over the store's directory, which must outlive it. OAT_OK, OAT_E_NOMEM,
 * OAT_E_IO (errno). */
int oat_sources_open(int store_fd, struct oat_sources **ret_sources);
/* Accepts NULL. */
void oat_sources_close(struct oat_sources *sources);

/* Lists hot/ and opens the pairs that are neither in the set yet nor taken over by parts (appended, by writer
 * and seq); their liveness is probed, then their bound is taken. OAT_OK, OAT_E_NOMEM, OAT_E_IO (errno). */
int oat_sources_add_new(struct oat_sources *sources, const struct oat_manifest *manifest);

/* The same, and looks again at those that are in the set: who lives, and up to where there is something to
 * read. OAT_E_STALE: one of them went away, or could not be read: a new set is needed. */
int oat_sources_renew(struct oat_sources *sources, const struct oat_manifest *manifest);

/* Leaves in the set the pairs i for which keep[i] is true; they are numbered anew. What was read of the
 * others is forgotten, texts included. */
void oat_sources_keep(struct oat_sources *sources, const bool *keep);

/* Sets what reads as a marker from now on, in all pairs, and in the parts that are added later. Texts that
 * were handed out are forgotten. Both are borrowed. Nobody else may be reading. */
void oat_sources_set_forgotten(struct oat_sources *sources, const struct oat_forgotten *in_pairs,
                               const struct oat_forgotten *in_parts);

/* Opens a part and appends it to the set. As oat_part_open. */
int oat_sources_add_part(struct oat_sources *sources, const struct oat_manifest_part *entry);

/* Asks whether the pair's writer lives. */
enum oat_liveness oat_sources_probe(const struct oat_sources *sources, const struct oat_pair *pair);

#endif
