#include "export/export.h"

#include <stdlib.h>
#include <string.h>

struct oat_export {
    const oat_snapshot *snapshot;
    const struct oat_export_format *format;
    struct oat_export_options options;
    uint8_t (*trace_ids)[16];
    size_t trace_count;
    size_t next_trace;
    oat_trace *trace; /* the one before next_trace; NULL: none is open */
    const oat_span_view **spans;
    size_t span_count, next_span;
    bool has_head; /* written */
};

int oat_export_open(const oat_snapshot *snapshot, const struct oat_export_format *format,
                    const struct oat_export_options *options, uint8_t (*trace_ids)[16], size_t count,
                    struct oat_export **ret)
{
    struct oat_export *export = calloc(1, sizeof *export);
    if (!export) {
        free(trace_ids);
        return OAT_E_NOMEM;
    }
    *export = (struct oat_export){.snapshot = snapshot,
                                  .format = format,
                                  .options = *options,
                                  .trace_ids = trace_ids,
                                  .trace_count = count};
    *ret = export;
    return OAT_OK;
}

static void close_trace(struct oat_export *export)
{
    oat_trace_close(export->trace);
    export->trace = NULL;
}

void oat_export_close(struct oat_export *export)
{
    if (!export)
        return;
    close_trace(export);
    free(export->spans);
    free(export->trace_ids);
    free(export);
}

static int compare(const void *x, const void *y)
{
    const oat_span_view *const *a = x, *const *b = y;
    if ((*a)->start_ns != (*b)->start_ns)
        return (*a)->start_ns < (*b)->start_ns ? -1 : 1;
    return memcmp((*a)->span_id, (*b)->span_id, sizeof(*a)->span_id);
}

/* Opens the next trace, its spans by start. */
static int open_trace(struct oat_export *export)
{
    const uint8_t *id = export->trace_ids[export->next_trace++];
    int result = oat_trace_open(export->snapshot, id, &export->trace);
    export->span_count = 0;
    export->next_span = 0;
    if (result != OAT_OK)
        return result == OAT_NOTFOUND ? OAT_OK : result;
    const oat_span_view *spans = oat_trace_spans(export->trace, &export->span_count);
    const oat_span_view **ordered = realloc(export->spans, (export->span_count + 1) * sizeof *ordered);
    if (!ordered)
        return OAT_E_NOMEM;
    export->spans = ordered;
    for (size_t i = 0; i < export->span_count; i++)
        ordered[i] = &spans[i];
    qsort(ordered, export->span_count, sizeof *ordered, compare);
    return OAT_OK;
}

/* Writes the next span, or steps to where it is. */
static int step(struct oat_export *export, struct oat_json *out)
{
    if (export->trace && export->next_span < export->span_count)
        return export->format->span(out, export->snapshot, export->trace, export->spans[export->next_span++],
                                    &export->options);
    close_trace(export);
    return export->next_trace < export->trace_count ? open_trace(export) : OAT_OK;
}

int oat_export_read(struct oat_export *export, struct oat_json *out, size_t at_least, bool *ret_done)
{
    int result = OAT_OK;
    bool done = false;
    if (!export->has_head && export->format->head)
        export->format->head(out, &export->options);
    export->has_head = true;
    while (result == OAT_OK && !done && out->len < at_least) {
        result = step(export, out);
        done = !export->trace && export->next_trace == export->trace_count;
    }
    if (result == OAT_OK && out->failed)
        result = OAT_E_NOMEM;
    if (result == OAT_OK)
        *ret_done = done;
    return result;
}

size_t oat_export_trace_count(const struct oat_export *export)
{
    return export->next_trace - (export->trace != NULL);
}
