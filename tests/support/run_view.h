/* A snapshot of a store in one call, for tests that look at a few spans. */
#ifndef OAT_TESTS_RUN_VIEW_H
#define OAT_TESTS_RUN_VIEW_H

#include "oat/reader.h"

struct oat_run_view {
    oat_store *store;
    oat_snapshot *snapshot;
    oat_span_view *spans;       /* of all traces, by trace */
    const oat_trace **trace_of; /* trace of each */
    oat_trace **traces;
    size_t trace_count;
    size_t count;
};

/* Opens dir and takes a snapshot with all spans. OAT_OK, or what the reader returned. */
int oat_run_view_open(const char *dir, struct oat_run_view *ret);
/* Refreshes the snapshot of an open view and reads everything again. OAT_OK, or what the reader returned;
 * then the view is closed. */
int oat_run_view_refresh(struct oat_run_view *view);
void oat_run_view_close(struct oat_run_view *view);

/* Index of the span with these ids; SIZE_MAX: there is none. */
size_t oat_run_view_find(const struct oat_run_view *view, const uint8_t trace_id[16],
                         const uint8_t span_id[8]);
/* Index of the first span of this name; SIZE_MAX: there is none. */
size_t oat_run_view_named(const struct oat_run_view *view, const char *name);

/* Reads every byte. True when there is no problem but those of the kinds in `allowed` (bits by enum
 * oat_problem_kind); otherwise ret_text has the first one. */
bool oat_run_view_is_clean(struct oat_run_view *view, unsigned allowed, char ret_text[400]);

#endif
