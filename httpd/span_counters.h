/* Counters over the spans that a live tail has seen end: by type and by model, for /metrics. Bounded: models
 * behind the first OAT_COUNTED_MODELS_MAX count as "other". Any thread. */
#ifndef OAT_HTTPD_SPAN_COUNTERS_H
#define OAT_HTTPD_SPAN_COUNTERS_H

#include "format/json_write.h"
#include "oat/reader.h"

#define OAT_COUNTED_MODELS_MAX 100u
#define OAT_COUNTED_TEXT_MAX   64u /* bytes of a model or provider; a longer one counts as "other" */

struct oat_span_counters;

/* NULL: out of memory. */
struct oat_span_counters *oat_span_counters_new(void);
/* Takes NULL. */
void oat_span_counters_free(struct oat_span_counters *counters);

/* Counts a span that has ended. */
void oat_span_counters_add(struct oat_span_counters *counters, const oat_span_view *span);

/* Appends them in the format of prometheus.h. */
void oat_span_counters_write(struct oat_span_counters *counters, struct oat_json *out);

#endif
