#include "httpd/prometheus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put(struct oat_json *out, const char *text)
{
    oat_json_raw(out, text, strlen(text));
}

void oat_prom_observe(struct oat_prom_histogram *histogram, const struct oat_prom_buckets *buckets,
                      double value)
{
    unsigned i = 0;
    for (double bound = buckets->first; i < buckets->count && value > bound; i++)
        bound *= buckets->factor;
    histogram->count[i]++;
    histogram->sum += value;
}

void oat_prom_begin(struct oat_json *out, const char *name, const char *type, const char *help)
{
    const char *const words[] = {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put(out, words[i]);
}

/* Quotes, backslashes and line feeds are escaped. */
static void put_value(struct oat_json *out, oat_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.bytes[i];
        if (c == '\n')
            put(out, "\\n");
        else if (c == '"' || c == '\\')
            oat_json_raw(out, (const char[]){'\\', c}, 2);
        else
            oat_json_raw(out, &c, 1);
    }
}

static void put_labels(struct oat_json *out, const struct oat_prom_labels *labels)
{
    const char *before = "{";
    for (size_t i = 0; i < OAT_PROM_LABELS_MAX && labels->label[i].name; i++) {
        put(out, before);
        put(out, labels->label[i].name);
        put(out, "=\"");
        put_value(out, labels->label[i].value);
        put(out, "\"");
        before = ",";
    }
    if (labels->label[0].name)
        put(out, "}");
}

void oat_prom_sample(struct oat_json *out, const char *name, const struct oat_prom_labels *labels,
                     double value)
{
    char text[40];
    put(out, name);
    put_labels(out, labels);
    snprintf(text, sizeof text, value == trunc(value) && fabs(value) < 1e15 ? " %.0f\n" : " %.17g\n", value);
    put(out, text);
}

void oat_prom_write_histogram(struct oat_json *out, const char *name, const struct oat_prom_labels *labels,
                              const struct oat_prom_buckets *buckets,
                              const struct oat_prom_histogram *histogram)
{
    char full[80], bound[32];
    struct oat_prom_labels with_bound = *labels;
    size_t le = 0;
    double upper = buckets->first;
    uint64_t sum = 0;
    while (le < OAT_PROM_LABELS_MAX - 1 && with_bound.label[le].name)
        le++;
    snprintf(full, sizeof full, "%s_bucket", name);
    for (unsigned i = 0; i <= buckets->count; i++, upper *= buckets->factor) {
        sum += histogram->count[i];
        snprintf(bound, sizeof bound, "%.6g", upper);
        with_bound.label[le] =
            (struct oat_prom_label){"le", oat_prom_text(i < buckets->count ? bound : "+Inf")};
        oat_prom_sample(out, full, &with_bound, (double)sum);
    }
    snprintf(full, sizeof full, "%s_sum", name);
    oat_prom_sample(out, full, labels, histogram->sum);
    snprintf(full, sizeof full, "%s_count", name);
    oat_prom_sample(out, full, labels, (double)sum);
}
