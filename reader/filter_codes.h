/* Nodes that depend on one code of a row and nothing else: its code of a text, or its trace. What one
 * code says is found out once. */
#ifndef OAT_READER_FILTER_CODES_H
#define OAT_READER_FILTER_CODES_H

#include "reader/filter_state.h"

/* The vector that the node depends on. False: it is no such node. */
bool oat_filter_code_vector(const struct oat_filter_node *node, enum oat_vector *ret);

/* Does a row with this code pass? All functions return as oat_filter_select. */
int oat_filter_code_passes(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t code,
                           bool *ret);

/* True when it is known of all traces of the source whether they pass; then asking is quick. */
bool oat_filter_knows_traces(struct oat_filter_eval *eval, const struct oat_filter_node *node);

/* Do any, do all rows with codes low .. high pass? */
int oat_filter_codes_pass(struct oat_filter_eval *eval, const struct oat_filter_node *node, uint32_t low,
                          uint32_t high, bool *ret_any, bool *ret_all);

/* Clears the bits of rows that do not pass. */
int oat_filter_codes_narrow(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                            struct oat_batch *batch, uint64_t rows[OAT_BATCH_WORDS]);

/* Clears those bits of *wanted whose code does not pass. */
int oat_filter_codes_keep(struct oat_filter_eval *eval, const struct oat_filter_node *node,
                          const uint32_t codes[64], uint64_t *wanted);

#endif
