#include "export/figures_json.h"

const char *oat_figures_mode(const oat_store_figures *figures)
{
    if (figures->mapped_pairs > 0 && figures->pwrite_pairs > 0)
        return "mixed";
    if (figures->pwrite_pairs > 0)
        return "pwrite";
    return figures->mapped_pairs > 0 ? "mapped" : "none";
}

double oat_figures_bytes_per_span(const oat_store_figures *figures)
{
    uint64_t bytes = figures->span_bytes + figures->stored_payload_bytes;
    return figures->spans ? (double)bytes / (double)figures->spans : 0;
}

static void put(struct oat_json *json, const char *key, uint64_t value)
{
    oat_json_key(json, key);
    oat_json_uint(json, value);
}

void oat_json_figures(struct oat_json *json, const oat_store_figures *figures)
{
    put(json, "spans", figures->spans);
    put(json, "traces", figures->traces);
    put(json, "raw_payload_bytes", figures->raw_payload_bytes);
    put(json, "stored_payload_bytes", figures->stored_payload_bytes);
    oat_json_key(json, "bytes_per_span");
    oat_json_double(json, oat_figures_bytes_per_span(figures));
    put(json, "files", figures->files);
    put(json, "replacements", figures->replacements);
    oat_json_key(json, "mode");
    oat_json_cstring(json, oat_figures_mode(figures));
    put(json, "span_bytes", figures->span_bytes);
    put(json, "unique_payload_bytes", figures->unique_payload_bytes);
    put(json, "text_index_bytes", figures->text_index_bytes);
    put(json, "parts", figures->parts);
    put(json, "open_spans", figures->open_spans);
    put(json, "events", figures->events);
    put(json, "links", figures->links);
    put(json, "scores", figures->scores);
    put(json, "writers_alive", figures->writers_alive);
    put(json, "writers_dead", figures->writers_dead);
    put(json, "writers_unknown", figures->writers_unknown);
}
