/* The operations of the model test. A later part of the project adds its own to the table in
 * run_model_ops.c. */
#ifndef OAT_TESTS_RUN_MODEL_OPS_H
#define OAT_TESTS_RUN_MODEL_OPS_H

#include "tests/support/run_model.h"

#include <stdio.h>

/* One step. The numbers are drawn in advance and mean something in every state, so that a sequence
 * stays one when operations are taken out. */
struct oat_model_op {
    uint8_t kind; /* in the table */
    uint8_t actor;
    uint8_t thread;
    bool check; /* compare the store with the model afterwards */
    uint32_t a, b, c;
};

/* What an operation runs in: a thread of an actor. */
struct oat_model_turn {
    struct oat_model *model;
    struct oat_model_actor *actor;
    int actor_no;
    int thread_no;
    const struct oat_model_op *op;
};

/* Draws the next operation. */
struct oat_model_op oat_model_op_draw(uint64_t *seed);
void oat_model_op_print(FILE *out, const struct oat_model_op *op);

/* True for operations on processes, which the driver runs (run_model_actor.h). */
bool oat_model_op_is_drivers(const struct oat_model_op *op);
/* Runs another one, in a thread of the actor; does nothing where it does not apply. Afterwards the
 * writer must have dropped nothing. */
void oat_model_op_run(const struct oat_model_turn *turn);

enum oat_model_process_op {
    OAT_MODEL_SPAWN,
    OAT_MODEL_FORK,
    OAT_MODEL_KILL,
    OAT_MODEL_LEAVE,
    OAT_MODEL_NEW_THREAD,
    OAT_MODEL_ANNOUNCE,
    OAT_MODEL_COMPACT,
    OAT_MODEL_RETAIN,
    OAT_MODEL_FORGET,
};
enum oat_model_process_op oat_model_op_process(const struct oat_model_op *op);

/* Opens the actor's tracer. */
void oat_model_open(const struct oat_model_turn *turn);

#endif
