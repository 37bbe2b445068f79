/* What a call costs: its counts taken apart into classes that do not overlap, times the prices of its
 * model. docs/cost.md is for users.
 *
 *   input: uncached + cached + cache write (5 minutes) + cache write (1 hour) + audio in none of these
 *   output: text + reasoning + audio
 *
 * A class without a price of its own has that of the class it is a kind of: a cached token is an input token,
 * an hour of cache is a cache write. The input part and the output part are each summed in whole
 * femto-dollars and rounded once, half up, to nano-dollars; the total is the sum of the two. */
#ifndef OAT_PRICING_COST_H
#define OAT_PRICING_COST_H

#include "oat/oat.h"
#include "pricing/price_table.h"

/* Counts of a call (enum oat_count_field); those that were not reported are 0. */
struct oat_call_counts {
    uint64_t count[OAT_COUNT_FIELDS];
};

/* One class of a call's tokens. */
struct oat_cost_line {
    enum oat_price_class kind;
    enum oat_price_class priced_as; /* whose price it has */
    uint64_t tokens;                /* not 0 */
    int64_t rate;                   /* femto-dollars a token, in this service tier */
};

struct oat_cost {
    int64_t input_nano, output_nano, total_nano;
    uint8_t price_tier;
    const struct oat_price_table *table;
    const struct oat_price *price; /* the line of prices that was applied; of the table */
    struct oat_cost_line lines[OAT_PRICE_CLASSES];
    size_t line_count;
};

/* What "uncached_input", "cached_input" ... a class is called in answers; never NULL. */
const char *oat_price_class_name(enum oat_price_class kind);

/* Takes counts apart into the classes. Counts that contradict each other (more cached than all input) are
 * taken class by class as they are, and nothing is uncached. */
void oat_cost_split(const struct oat_call_counts *counts, uint64_t ret_tokens[OAT_PRICE_CLASSES]);

/* The cost of a call that began at a time (ns since the epoch). tier: its price tier, of which bits 4-7
 * counts. False, and *ret is untouched: the list is of no model, has no price for a class or a service that
 * was used, or the cost is out of range. */
bool oat_cost_of(const struct oat_price_list *list, const struct oat_call_counts *counts, uint64_t start_ns,
                 uint8_t tier, struct oat_cost *ret);

#endif
