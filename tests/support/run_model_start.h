/* Operations of the model test that start and end spans. */
#ifndef OAT_TESTS_RUN_MODEL_START_H
#define OAT_TESTS_RUN_MODEL_START_H

#include "tests/support/run_model_ops.h"

/* A child of the thread's current span, or a root. */
void oat_model_op_start(const struct oat_model_turn *turn);
/* With drawn options: parent, ids, times. */
void oat_model_op_start_with(const struct oat_model_turn *turn);
/* Ends the span now or at a drawn time. */
void oat_model_op_end(const struct oat_model_turn *turn, struct oat_model_span *span);
/* Sends a span that has ended again; with another end the later one counts. */
void oat_model_op_resend(const struct oat_model_turn *turn);

#endif
