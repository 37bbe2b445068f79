/* The processes of the model test, and the driver that lets them take turns. */
#ifndef OAT_TESTS_RUN_MODEL_ACTOR_H
#define OAT_TESTS_RUN_MODEL_ACTOR_H

#include "tests/support/run_model_ops.h"

/* Runs operations one after the other against a fresh store and compares it with the model as they
 * ask, and at the end. Returns true when all agreed; else ret_why says what did not, and *ret_at is
 * the operation after which it showed. Uses processes of its own: a crash is a failure. */
bool oat_model_run(const struct oat_model_op *ops, size_t count, uint64_t seed, enum oat_map_mode map,
                   char ret_why[OAT_RUN_WHY_SIZE], size_t *ret_at);

#endif
