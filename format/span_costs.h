/* How the costs of a span lie in the columns of SPANS: mostly the output costs a price a token and the
 * input what the total leaves, so that two of the three numbers are 0 and one is the model's.
 * Change this file, change SPEC.md section "Part" in the same commit. */
#ifndef OAT_FORMAT_SPAN_COSTS_H
#define OAT_FORMAT_SPAN_COSTS_H

#include "format/varint.h"

/* OAT_COL_SPAN_OUTPUT_PRICE: nano-dollars a token, rounded down; 0 where that says nothing. */
static inline uint64_t oat_output_price(int64_t output_nano, uint64_t output_tokens)
{
    return output_nano > 0 && output_tokens > 0 ? (uint64_t)output_nano / output_tokens : 0;
}

/* OAT_COL_SPAN_COST_OUTPUT, and back. What is between wraps. */
static inline uint64_t oat_cost_output_pack(uint64_t output_nano, uint64_t price, uint64_t output_tokens)
{
    return oat_zigzag((int64_t)(output_nano - price * output_tokens));
}

static inline uint64_t oat_cost_output_unpack(uint64_t packed, uint64_t price, uint64_t output_tokens)
{
    return (uint64_t)oat_unzigzag(packed) + price * output_tokens;
}

/* OAT_COL_SPAN_COST_INPUT, and back. */
static inline uint64_t oat_cost_input_pack(uint64_t input_nano, uint64_t total_nano, uint64_t output_nano)
{
    return oat_zigzag((int64_t)(input_nano - (total_nano - output_nano)));
}

static inline uint64_t oat_cost_input_unpack(uint64_t packed, uint64_t total_nano, uint64_t output_nano)
{
    return (uint64_t)oat_unzigzag(packed) + (total_nano - output_nano);
}

#endif
