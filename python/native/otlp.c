#include "python/native/otlp.h"

#include "format/ids.h"
#include "ingest/otlp_json.h"
#include "ingest/sink_writer.h"
#include "python/native/tracer.h"

#include <string.h>

struct taker {
    oat_py_tracer *tracer;
    const struct oat_import_sink *writer;
};

static int take(void *arg, const struct oat_import_span *span)
{
    const struct taker *taker = arg;
    int result = taker->writer->span(taker->writer->arg, span);
    oat_span_context place = {0};
    memcpy(place.trace_id, span->trace_id, sizeof place.trace_id);
    memcpy(place.span_id, span->span_id, sizeof place.span_id);
    bool root = oat_id_is_zero(span->parent_id, sizeof span->parent_id);
    oat_py_tracer_ended(taker->tracer, &place, root, span->status == OAT_STATUS_ERROR);
    return result;
}

PyObject *oat_py_tracer_take_otlp(PyObject *object, PyObject *request)
{
    oat_py_tracer *tracer = (oat_py_tracer *)object;
    struct oat_import_report report = {0};
    oat_import_writer *writer;
    char *bytes;
    Py_ssize_t len;
    if (PyBytes_AsStringAndSize(request, &bytes, &len) < 0)
        return NULL;
    if (!tracer->tracer || oat_import_writer_new(tracer->tracer, NULL, &writer) != OAT_OK)
        return PyLong_FromLong(0);
    struct taker taker = {tracer, oat_import_writer_sink(writer)};
    const struct oat_import_sink sink = {.span = take, .arg = &taker};
    int result = oat_import_otlp_json(bytes, (size_t)len, &sink, &report);
    oat_import_writer_free(writer);
    if (result != OAT_OK || report.rejected)
        return PyErr_Format(PyExc_ValueError, "%s: %s", report.place, report.reason);
    return PyLong_FromUnsignedLongLong(report.spans);
}
