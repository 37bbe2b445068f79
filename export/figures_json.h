/* What a store holds and takes, as JSON. */
#ifndef OAT_EXPORT_FIGURES_JSON_H
#define OAT_EXPORT_FIGURES_JSON_H

#include "format/json_write.h"
#include "oat/reader.h"

/* Bytes on disk for each span; 0 without spans. */
double oat_figures_bytes_per_span(const oat_store_figures *figures);

/* How living and sealed hot files were written: "mapped", "pwrite", "mixed" or "none". */
const char *oat_figures_mode(const oat_store_figures *figures);

/* The members, inside an object. */
void oat_json_figures(struct oat_json *json, const oat_store_figures *figures);

#endif
