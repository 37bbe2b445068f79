/* Figures in the text format of Prometheus (0.0.4). Pure. */
#ifndef OAT_HTTPD_PROMETHEUS_H
#define OAT_HTTPD_PROMETHEUS_H

#include "format/json_write.h"
#include "oat/reader.h"

#define OAT_CONTENT_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

#define OAT_PROM_LABELS_MAX  4u
#define OAT_PROM_BUCKETS_MAX 16u

struct oat_prom_label {
    const char *name;
    oat_text value; /* any bytes; bytes NULL: "" */
};

/* Labels of a sample; those behind the last have no name. */
struct oat_prom_labels {
    struct oat_prom_label label[OAT_PROM_LABELS_MAX];
};

/* Counts of values by size. Zero-initialise. */
struct oat_prom_histogram {
    uint64_t count[OAT_PROM_BUCKETS_MAX + 1]; /* by bucket; behind the last one: larger */
    double sum;
};

/* Upper bounds of the buckets: first * factor^i. */
struct oat_prom_buckets {
    double first, factor;
    unsigned count;
};

void oat_prom_observe(struct oat_prom_histogram *histogram, const struct oat_prom_buckets *buckets,
                      double value);

/* Begins a metric; its samples follow. type: "counter", "gauge" or "histogram". Names and help are the
 * program's own. The text is appended to out, of which nothing but bytes and failed is used. */
void oat_prom_begin(struct oat_json *out, const char *name, const char *type, const char *help);
void oat_prom_sample(struct oat_json *out, const char *name, const struct oat_prom_labels *labels,
                     double value);
/* Buckets, sum and count; labels: OAT_PROM_LABELS_MAX - 1 at most. */
void oat_prom_write_histogram(struct oat_json *out, const char *name, const struct oat_prom_labels *labels,
                              const struct oat_prom_buckets *buckets,
                              const struct oat_prom_histogram *histogram);

static inline oat_text oat_prom_text(const char *text)
{
    return (oat_text){text, text ? __builtin_strlen(text) : 0};
}

#endif
