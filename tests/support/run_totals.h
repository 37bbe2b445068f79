/* The sums of a trace, worked out from its spans as SPEC.md, "Counted usage", has it. */
#ifndef OAT_TESTS_RUN_TOTALS_H
#define OAT_TESTS_RUN_TOTALS_H

#include "tests/support/run_expect.h"

/* True when the list of all traces and each trace itself give the spans, errors, tokens and costs that follow
 * from the spans shown. False: *ret_why says what differs, or what cannot be read. */
bool oat_run_totals_match(const oat_snapshot *snapshot, char ret_why[OAT_RUN_WHY_SIZE]);

#endif
