/* Operations of the model test that compact the store and retire days of it. */
#ifndef OAT_TESTS_RUN_MODEL_COMPACT_H
#define OAT_TESTS_RUN_MODEL_COMPACT_H

#include "tests/support/run_model_ops.h"

/* Compacts, in one of the ways there are; nothing may look different afterwards. */
void oat_model_compact(struct oat_model *model, const struct oat_model_op *op);

/* Compacts everything and lets the oldest days go until what is left is small enough; the model forgets what
 * they held. All writers must be dead: only then is everything in parts. */
void oat_model_retain(struct oat_model *model, const struct oat_model_op *op);

#endif
