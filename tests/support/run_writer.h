/* A tracer on a scratch directory, and looks at what it wrote; for cmocka tests. */
#ifndef OAT_TESTS_RUN_WRITER_H
#define OAT_TESTS_RUN_WRITER_H

#include "tests/support/run_dir.h"
#include "tests/support/run_view.h"

struct oat_run_writer {
    char dir[OAT_RUN_PATH_SIZE];
    oat_config config; /* as oat_config_init made it, with data_dir */
    oat_tracer *tracer;
};

/* For cmocka: *state becomes one whose tracer is open. */
int oat_run_writer_set_up(void **state);
int oat_run_writer_tear_down(void **state);
/* Closes the tracer and opens it with w->config. */
void oat_run_writer_reopen(struct oat_run_writer *w);

#define OAT_WRITER_TEST(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, oat_run_writer_set_up, oat_run_writer_tear_down)

/* Opens the store; fails the test when it cannot be read. Close it with oat_run_view_close. */
struct oat_run_view oat_run_look(const struct oat_run_writer *w);
/* The span of this name; fails the test when there is none. */
const oat_span_view *oat_run_span(const struct oat_run_view *view, const char *name);
/* Waits up to 10 s until the span is shown; as oat_run_span. */
void oat_run_await_span(const struct oat_run_writer *w, const char *name);
/* Fails the test when reading every byte meets a problem that is not of the kinds in `allowed`. */
void oat_run_assert_clean(const struct oat_run_writer *w, unsigned allowed);
void oat_run_assert_text(oat_text text, const void *bytes, size_t len);
void oat_run_assert_payload(const struct oat_run_view *view, const oat_payload *payload, const void *bytes,
                            size_t len);
/* True when the span has a text attribute of this key and value. */
bool oat_run_has_attr(const struct oat_run_view *view, const oat_span_view *span, const char *key,
                      const void *value, size_t len);

oat_stats oat_run_stats(const struct oat_run_writer *w);
uint64_t oat_run_drops(const struct oat_run_writer *w); /* of all causes */

/* Runs fn in a forked child, which ends with _exit(0). Waits; fails the test when it ended otherwise. */
void oat_run_in_child(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w);
/* As above; the child ends by SIGKILL. */
void oat_run_in_killed_child(void (*fn)(struct oat_run_writer *w), struct oat_run_writer *w);

void oat_run_sleep_ms(unsigned ms);

#endif
