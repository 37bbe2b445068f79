/* What each worker of the crash test writes, and must be read back: a function of round, worker and
 * number alone. */
#ifndef OAT_TESTS_RUN_CRASH_PLAN_H
#define OAT_TESTS_RUN_CRASH_PLAN_H

#include "tests/support/run_expect.h"
#include "tests/support/run_payload.h"

#define OAT_CRASH_LONG_SPAN 0xffffffffu /* the number of a worker's long span */

/* Zero-initialise once, plan as often as you like, free at the end. */
struct oat_crash_span {
    struct oat_run_want_span want; /* times are any */
    struct oat_run_bytes input, output, error;
    oat_attr attrs[3];
    struct oat_run_want_note events[2];
    struct oat_run_want_note link;
    char name[32];
    char model[512];
};

/* Plans span n of a worker. same_payloads: all workers have the same ones. */
void oat_crash_plan(uint32_t round, uint32_t worker, uint32_t n, bool same_payloads,
                    struct oat_crash_span *ret);
void oat_crash_span_free(struct oat_crash_span *span);

/* The worker and number in a span's id; false: the id is none of this round's. */
bool oat_crash_id_parse(const uint8_t span_id[8], uint32_t round, uint32_t *ret_worker, uint32_t *ret_n);

/* Starts a planned span and sets all of it; the caller ends it. NULL: the writer dropped it. */
oat_span *oat_crash_start(oat_tracer *tracer, const struct oat_crash_span *plan);

#endif
