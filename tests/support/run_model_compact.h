/* Operations of the model test that compact the store, retire days of it, and forget. */
#ifndef OAT_TESTS_RUN_MODEL_COMPACT_H
#define OAT_TESTS_RUN_MODEL_COMPACT_H

#include "tests/support/run_model_ops.h"

/* Compacts, in one of the ways there are; nothing may look different afterwards. */
void oat_model_compact(struct oat_model *model, const struct oat_model_op *op);

/* Compacts everything and lets the oldest days go until what is left is small enough; the model forgets what
 * they held. All writers must be dead: only then is everything in parts. */
void oat_model_retain(struct oat_model *model, const struct oat_model_op *op);

/* Forgets a secret, by a text in it or by its id, as oat forget does: it is masked at once, and gone from all
 * files but those of living writers. */
void oat_model_forget(struct oat_model *model, const struct oat_model_op *op);

#endif
