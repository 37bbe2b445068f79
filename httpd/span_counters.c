#include "httpd/span_counters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "format/names.h"
#include "httpd/prometheus.h"

#define TYPES (OAT_FILE_IO + 1)

static const struct oat_prom_buckets seconds = {.first = 0.01, .factor = 2, .count = 14}; /* .. 81.92 */

struct of_type {
    uint64_t ended, failed;
    struct oat_prom_histogram duration_s;
};

struct of_model {
    char model[OAT_COUNTED_TEXT_MAX], provider[OAT_COUNTED_TEXT_MAX];
    size_t model_len, provider_len;
    uint64_t calls, failed, input_tokens, output_tokens;
    double cost_usd;
    struct oat_prom_histogram ttft_s;
};

struct oat_span_counters {
    pthread_mutex_t lock;
    struct of_type types[TYPES];
    struct of_model models[OAT_COUNTED_MODELS_MAX + 1]; /* the first one is the others */
    size_t model_count;
};

struct oat_span_counters *oat_span_counters_new(void)
{
    struct oat_span_counters *counters = calloc(1, sizeof *counters);
    if (!counters)
        return NULL;
    pthread_mutex_init(&counters->lock, NULL);
    memcpy(counters->models[0].model, "other", 5);
    counters->models[0].model_len = 5;
    counters->model_count = 1;
    return counters;
}

void oat_span_counters_free(struct oat_span_counters *counters)
{
    if (!counters)
        return;
    pthread_mutex_destroy(&counters->lock);
    free(counters);
}

static bool is(oat_text text, const char *bytes, size_t len)
{
    return text.len == len && (len == 0 || memcmp(text.bytes, bytes, len) == 0);
}

static struct of_model *model_of(struct oat_span_counters *c, oat_text model, oat_text provider)
{
    if (model.len > OAT_COUNTED_TEXT_MAX || provider.len > OAT_COUNTED_TEXT_MAX)
        return &c->models[0];
    for (size_t i = 1; i < c->model_count; i++) {
        struct of_model *m = &c->models[i];
        if (is(model, m->model, m->model_len) && is(provider, m->provider, m->provider_len))
            return m;
    }
    if (c->model_count > OAT_COUNTED_MODELS_MAX)
        return &c->models[0];
    struct of_model *added = &c->models[c->model_count++];
    memcpy(added->model, model.bytes, model.len);
    added->model_len = model.len;
    if (provider.len > 0)
        memcpy(added->provider, provider.bytes, provider.len);
    added->provider_len = provider.len;
    return added;
}

static void add_to_model(struct of_model *m, const oat_span_view *span)
{
    m->calls++;
    m->failed += span->status == OAT_SHOWN_ERROR;
    m->input_tokens += span->has_count[OAT_COUNT_INPUT] ? span->count[OAT_COUNT_INPUT] : 0;
    m->output_tokens += span->has_count[OAT_COUNT_OUTPUT] ? span->count[OAT_COUNT_OUTPUT] : 0;
    if (span->has_cost)
        m->cost_usd += (double)span->cost_total_nano / 1e9;
    if (span->has_ttft)
        oat_prom_observe(&m->ttft_s, &seconds, span->ttft_us / 1e6);
}

void oat_span_counters_add(struct oat_span_counters *counters, const oat_span_view *span)
{
    if ((unsigned)span->type >= TYPES)
        return;
    pthread_mutex_lock(&counters->lock);
    struct of_type *type = &counters->types[span->type];
    type->ended++;
    type->failed += span->status == OAT_SHOWN_ERROR;
    uint64_t duration_ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;
    oat_prom_observe(&type->duration_s, &seconds, (double)duration_ns / 1e9);
    oat_text model = span->text[OAT_TEXT_MODEL];
    if (model.bytes && model.len > 0)
        add_to_model(model_of(counters, model, span->text[OAT_TEXT_PROVIDER]), span);
    pthread_mutex_unlock(&counters->lock);
}

/* ---- Writing ------------------------------------------------------------------------------------- */

static struct oat_prom_labels labels_of_type(unsigned type)
{
    return (struct oat_prom_labels){{{"span_type", oat_prom_text(oat_span_type_name(type))}}};
}

static void write_types(const struct oat_span_counters *c, struct oat_json *out)
{
    oat_prom_begin(out, "oat_spans_total", "counter", "Spans that have ended.");
    for (unsigned i = 0; i < TYPES; i++) {
        if (c->types[i].ended == 0)
            continue;
        struct oat_prom_labels labels = labels_of_type(i);
        labels.label[1] = (struct oat_prom_label){"status", oat_prom_text("error")};
        oat_prom_sample(out, "oat_spans_total", &labels, (double)c->types[i].failed);
        labels.label[1].value = oat_prom_text("success");
        oat_prom_sample(out, "oat_spans_total", &labels, (double)(c->types[i].ended - c->types[i].failed));
    }
    oat_prom_begin(out, "oat_span_duration_seconds", "histogram", "Durations of spans.");
    for (unsigned i = 0; i < TYPES; i++) {
        struct oat_prom_labels labels = labels_of_type(i);
        if (c->types[i].ended > 0)
            oat_prom_write_histogram(out, "oat_span_duration_seconds", &labels, &seconds,
                                     &c->types[i].duration_s);
    }
}

static struct oat_prom_labels labels_of_model(const struct of_model *m)
{
    return (struct oat_prom_labels){
        {{"model", {m->model, m->model_len}}, {"provider", {m->provider, m->provider_len}}}};
}

enum { CALLS, FAILED, INPUT, OUTPUT, COST };

static double figure_of(const struct of_model *m, unsigned figure)
{
    const double figures[] = {(double)m->calls, (double)m->failed, (double)m->input_tokens,
                              (double)m->output_tokens, m->cost_usd};
    return figures[figure];
}

static void write_models(const struct oat_span_counters *c, struct oat_json *out)
{
    static const struct {
        const char *name, *help;
        unsigned figure;
    } metrics[] = {
        {"oat_model_calls_total", "Spans with a model.", CALLS},
        {"oat_model_errors_total", "Those of them that failed.", FAILED},
        {"oat_model_input_tokens_total", "Tokens that were sent.", INPUT},
        {"oat_model_output_tokens_total", "Tokens that came back.", OUTPUT},
        {"oat_model_cost_usd_total", "What was paid, in US dollars, as far as known.", COST},
    };
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        oat_prom_begin(out, metrics[i].name, "counter", metrics[i].help);
        for (size_t m = 0; m < c->model_count; m++) {
            struct oat_prom_labels labels = labels_of_model(&c->models[m]);
            if (c->models[m].calls > 0)
                oat_prom_sample(out, metrics[i].name, &labels, figure_of(&c->models[m], metrics[i].figure));
        }
    }
    oat_prom_begin(out, "oat_model_ttft_seconds", "histogram", "Time to the first token.");
    for (size_t m = 0; m < c->model_count; m++) {
        struct oat_prom_labels labels = labels_of_model(&c->models[m]);
        if (c->models[m].calls > 0)
            oat_prom_write_histogram(out, "oat_model_ttft_seconds", &labels, &seconds, &c->models[m].ttft_s);
    }
}

void oat_span_counters_write(struct oat_span_counters *counters, struct oat_json *out)
{
    pthread_mutex_lock(&counters->lock);
    write_types(counters, out);
    write_models(counters, out);
    pthread_mutex_unlock(&counters->lock);
}
