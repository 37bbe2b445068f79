/* How the cost of a span comes about. */
#ifndef OAT_EXPORT_COST_JSON_H
#define OAT_EXPORT_COST_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"
#include "writer/cost.h"

/* What the library's prices give for a span's counts: for one that was priced by them, what it has. False,
 * and *ret is untouched: it has neither input nor output tokens, or no price is known. */
bool oat_cost_of_view(const oat_span_view *span, struct oat_cost *ret);

/* That as the value of `cost_details` (docs/cost.md); null where there is none. */
void oat_json_cost_details(struct oat_json *json, const oat_span_view *span);

#endif
