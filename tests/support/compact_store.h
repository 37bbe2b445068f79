/* A small store with some of everything, what a reader shows of it, and compacting it as oat-compact does. */
#ifndef OAT_TESTS_COMPACT_STORE_H
#define OAT_TESTS_COMPACT_STORE_H

#include "compactor/compact.h"
#include "tests/support/store_maker.h"

#define COMPACT_TRACES 12u /* trace ids 1 .. */
#define COMPACT_DAY_MS UINT64_C(86400000)

/* Puts a span of a trace with a payload. */
void oat_compact_put_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span, uint32_t parent,
                          uint64_t start_ms, uint64_t end_ms);

/* Writes a pair of a dead writer: spans of all traces but the last, on three days, with payloads, events
 * and scores. Different writers write different spans of the same traces. */
void oat_compact_write_pair(struct oat_maker *maker, uint8_t writer, uint32_t seq);

/* What a reader shows of the traces: free() each. Damage that it reports ends the test. */
struct oat_compact_view {
    char *traces[COMPACT_TRACES];
};
void oat_compact_view_take(const char *dir, struct oat_compact_view *ret);
void oat_compact_view_free(struct oat_compact_view *view);
/* Ends the test when the store shows something else now. */
void oat_compact_view_check(const char *dir, const struct oat_compact_view *view);

/* Options as of a plain oat-compact. */
struct oat_compact_options oat_compact_plain(void);

/* Compacts the store; the result of oat_compact_run. */
int oat_compact_store(const char *dir, const struct oat_compact_options *options,
                      struct oat_compact_summary *ret_summary, char ret_why[OAT_COMPACT_WHY_SIZE]);

/* ---- A test's store ---- */

struct oat_compact_fixture {
    struct oat_maker maker;
    struct oat_compact_options options;
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    struct oat_compact_view view;
    bool has_view;
};

/* For cmocka: *state becomes an empty store and plain options. */
int oat_compact_fixture_set_up(void **state);
int oat_compact_fixture_tear_down(void **state);

/* Remembers what is shown now. */
void oat_compact_fixture_look(struct oat_compact_fixture *f);
/* Ends the test when something else is shown. */
void oat_compact_fixture_assert_same(struct oat_compact_fixture *f);

/* Compacts; the result of oat_compact_run. */
int oat_compact_fixture_run(struct oat_compact_fixture *f);
/* Compacts, or ends the test. */
void oat_compact_fixture_do(struct oat_compact_fixture *f);

/* What is in the store. */
size_t oat_compact_fixture_pairs_left(const struct oat_compact_fixture *f);
void oat_compact_fixture_manifest(const struct oat_compact_fixture *f, struct oat_manifest *ret);
size_t oat_compact_fixture_part_count(const struct oat_compact_fixture *f);
void oat_compact_fixture_path(const struct oat_compact_fixture *f, const char *name, char ret[300]);
bool oat_compact_fixture_is_there(const struct oat_compact_fixture *f, const char *name);

#endif
