/* The cost of a span whose usage was given and whose cost was not: computed when it ends. */
#ifndef OAT_WRITER_SPAN_COST_H
#define OAT_WRITER_SPAN_COST_H

#include "format/limits.h"
#include "format/slot.h"
#include "oat/oat.h"
#include "pricing/price_table.h"

#define OAT_BILLED_MODEL_MAX    104u
#define OAT_BILLED_PROVIDER_MAX 30u

/* Who is asked, and for which model: the ends of both texts, as far as prices need them. Means something
 * only where the span's record has the text. */
struct oat_billed {
    uint8_t model_len, provider_len;
    char model[OAT_BILLED_MODEL_MAX];
    char provider[OAT_BILLED_PROVIDER_MAX];
};

/* Prices that were found lately, for one thread. Zeroed: none. */
#define OAT_BILLED_CACHE_SIZE 8u

struct oat_billed_cached {
    const struct oat_price_table *prices; /* where they were sought */
    struct oat_billed billed;
    struct oat_price_list list;
};

struct oat_span;
struct oat_thread;

/* Notes a text of the span, if it is model or provider. */
void oat_billed_note(struct oat_billed *billed, enum oat_text_field field, const char *text, size_t len);

/* Sets the cost of a record that has none, or none but a computed one, to what prices give for its counts.
 * False, and nothing was set: they give none. */
bool oat_record_price(struct oat_disk_span *record, const struct oat_price_list *list);

/* Sets the record's cost: computed, or unpriced. For spans with usage and without a cost. */
void oat_span_compute_cost(struct oat_thread *thread, struct oat_span *span);

#endif
