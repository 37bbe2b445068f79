/* The prices that a tracer computes costs with: those of its configuration, then of its store, then of the
 * library. */
#ifndef OAT_WRITER_TRACER_PRICES_H
#define OAT_WRITER_TRACER_PRICES_H

#include "writer/core.h"

/* Takes those of the configuration, which is not kept, and reads those of the store (pricing/prices.h), whose
 * directory is open. What is wrong with the file goes to config.warn, and the library's hold. OAT_OK,
 * OAT_E_NOMEM; OAT_E_INVALID: the configuration's are wrong (pricing/price_overrides.h). */
int oat_tracer_open_prices(oat_tracer *tracer, const oat_config *config);

/* Reads those of the store again, for spans that end from now on. While the file is wrong, which goes to
 * config.warn, those from before hold. Every table is kept until the tracer is closed, since threads may be
 * using it: this is for files that people change. OAT_OK, OAT_E_NOMEM, OAT_E_INVALID. One thread at a time,
 * beside any that append. */
int oat_tracer_reload_prices(oat_tracer *tracer);

/* When nobody appends any more. */
void oat_tracer_free_prices(oat_tracer *tracer);

#endif
