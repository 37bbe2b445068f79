#include "python/native/tracer.h"

#include "format/ids.h"
#include "python/native/config.h"
#include "python/native/otlp.h"
#include "python/native/span.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

oat_py_tracer *oat_py_tracer_in_use(void)
{
    if (oat_py.closed)
        return NULL;
    if (!oat_py.tracer && oat_py.make_tracer) {
        PyObject *made = PyObject_CallFunctionObjArgs(oat_py.make_tracer, NULL);
        if (!made)
            PyErr_Clear();
        Py_XDECREF(made);
    }
    oat_py_tracer *tracer = (oat_py_tracer *)oat_py.tracer;
    return tracer && tracer->tracer ? tracer : NULL;
}

/* In a forked child counting begins again. */
static void count_here(oat_py_tracer *self)
{
    uint64_t pid = (uint64_t)getpid();
    if (self->pid == pid)
        return;
    self->pid = pid;
    self->spans = self->errors = self->traces = 0;
}

void oat_py_tracer_ended(oat_py_tracer *self, const oat_span_context *place, bool root, bool failed)
{
    count_here(self);
    self->spans++;
    self->errors += failed;
    if (root) {
        if (self->traces < OAT_PY_TRACES_KEPT)
            memcpy(self->trace_ids[self->traces], place->trace_id, sizeof place->trace_id);
        self->traces++;
    }
    if (!self->ended)
        return;
    uint8_t ids[24];
    memcpy(ids, place->trace_id, 16);
    memcpy(ids + 16, place->span_id, 8);
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)ids, sizeof ids);
    if (!bytes || PyList_Append(self->ended, bytes) < 0)
        PyErr_Clear();
    Py_XDECREF(bytes);
}

/* ---- The type ------------------------------------------------------------------------------- */

/* (config, redactor): see _native.pyi. */
static int tracer_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_tracer *self = (oat_py_tracer *)object;
    PyObject *given, *redactor;
    if (!PyArg_ParseTuple(args, "O!O:Tracer", oat_py.config_type, &given, &redactor))
        return -1;
    if (self->tracer) {
        PyErr_SetString(PyExc_TypeError, "a Tracer does not change");
        return -1;
    }
    oat_config config = ((oat_py_config *)given)->config;
    config.warn = oat_py_warn;
    if (redactor != Py_None && !(config.redactor = PyCapsule_GetPointer(redactor, OAT_PY_REDACTOR)))
        return -1;
    self->pid = (uint64_t)getpid();
    errno = 0;
    int result = oat_tracer_open(&config, &self->tracer);
    if (result == OAT_OK)
        return 0;
    if (result == OAT_E_IO)
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, config.data_dir);
    else
        PyErr_Format(PyExc_OSError, "%s: %s", config.data_dir, oat_result_text(result));
    return -1;
}

static PyObject *tracer_flush(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_tracer *tracer = ((oat_py_tracer *)object)->tracer;
    int result = OAT_OK;
    if (tracer) {
        Py_BEGIN_ALLOW_THREADS result = oat_tracer_flush(tracer);
        Py_END_ALLOW_THREADS
    }
    return PyBool_FromLong(result == OAT_OK);
}

static void close_tracer(oat_py_tracer *self)
{
    oat_tracer *tracer = self->tracer;
    /* From here on nothing of Python reaches it. */
    self->tracer = NULL;
    while (self->running)
        oat_py_span_orphan(self->running);
    Py_BEGIN_ALLOW_THREADS oat_tracer_close(tracer);
    Py_END_ALLOW_THREADS
}

static PyObject *tracer_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    close_tracer((oat_py_tracer *)object);
    Py_RETURN_NONE;
}

static PyObject *tracer_stats(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_tracer *tracer = ((oat_py_tracer *)object)->tracer;
    oat_stats s = {.mode = "closed"};
    if (tracer)
        oat_tracer_get_stats(tracer, &s);
    return Py_BuildValue("{sKsKsKsKsKsKsKsKsKsKsKsKsKsKsiss}", "spans", s.spans, "slots", s.slots, "payloads",
                         s.payloads, "payload_bytes", s.payload_bytes, "stored_bytes", s.stored_bytes,
                         "deduplicated_bytes", s.deduplicated_bytes, "pairs", s.pairs, "drops_full",
                         s.drops_full, "drops_io", s.drops_io, "drops_memory", s.drops_memory,
                         "drops_reentrant", s.drops_reentrant, "drops_limit", s.drops_limit, "sampled_out",
                         s.sampled_out, "sync_failures", s.sync_failures, "last_errno", s.last_errno, "mode",
                         s.mode);
}

/* (spans, traces, errors, [trace id, ...]) of this process. */
static PyObject *tracer_summary(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_tracer *self = (oat_py_tracer *)object;
    count_here(self);
    uint64_t count = self->traces < OAT_PY_TRACES_KEPT ? self->traces : OAT_PY_TRACES_KEPT;
    PyObject *ids = PyList_New((Py_ssize_t)count);
    for (uint64_t i = 0; ids && i < count; i++) {
        PyObject *id = PyBytes_FromStringAndSize((const char *)self->trace_ids[i], sizeof self->trace_ids[i]);
        if (!id || PyList_SetItem(ids, (Py_ssize_t)i, id) < 0)
            Py_CLEAR(ids);
    }
    return ids ? Py_BuildValue("(KKKN)", self->spans, self->traces, self->errors, ids) : NULL;
}

/* (trace_id, span_id, name, value, label, comment, source): see _native.pyi. */
static PyObject *tracer_score(PyObject *object, PyObject *args)
{
    const char *trace_id, *span_id;
    Py_ssize_t trace_len, span_len;
    PyObject *value;
    oat_score score = {0};
    if (!PyArg_ParseTuple(args, "s#z#sOzzz:score", &trace_id, &trace_len, &span_id, &span_len, &score.name,
                          &value, &score.label, &score.comment, &score.source))
        return NULL;
    if (oat_trace_id_of_text(trace_id, (size_t)trace_len, score.trace_id) != OAT_OK ||
        (span_id &&
         oat_span_id_of_text(score.trace_id, span_id, (size_t)span_len, score.span_id) != OAT_OK)) {
        PyErr_SetString(PyExc_ValueError, "expected ids of 1 to 4,096 bytes");
        return NULL;
    }
    if (value != Py_None) {
        score.has_value = true;
        score.value = PyFloat_AsDouble(value);
        if (PyErr_Occurred())
            return NULL;
    }
    return PyBool_FromLong(oat_score_add(((oat_py_tracer *)object)->tracer, &score) == OAT_OK);
}

/* Where the ids of spans go that end from now on: a list, or None. */
static PyObject *tracer_tell(PyObject *object, PyObject *list)
{
    oat_py_tracer *self = (oat_py_tracer *)object;
    PyObject *before = self->ended;
    if (list != Py_None && !PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list or None");
        return NULL;
    }
    self->ended = list == Py_None ? NULL : list;
    Py_XINCREF(self->ended);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

static int tracer_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((oat_py_tracer *)object)->ended);
    return 0;
}

static int tracer_clear(PyObject *object)
{
    Py_CLEAR(((oat_py_tracer *)object)->ended);
    return 0;
}

static void tracer_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    close_tracer((oat_py_tracer *)object);
    tracer_clear(object);
    oat_py_free(object);
}

static PyMethodDef methods[] = {
    {"flush", tracer_flush, METH_NOARGS, "Makes what has ended durable on the device. True: it is."},
    {"close", tracer_close, METH_NOARGS,
     "Makes it durable and lets the files go; spans that run are interrupted."},
    {"stats", tracer_stats, METH_NOARGS, "The counters of the library."},
    {"summary", tracer_summary, METH_NOARGS, "(spans, traces, errors, ids of the first traces)."},
    {"score", tracer_score, METH_VARARGS, "Appends a score."},
    {"take_otlp", oat_py_tracer_take_otlp, METH_O, "Appends the spans of an OTLP request in JSON."},
    {"tell", tracer_tell, METH_O, "Has the ids of spans that end appended to a list."},
    {0},
};

static char doc[] = "A tracer of the library.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(tracer_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(tracer_dealloc)},
    {Py_tp_traverse, OAT_PY_SLOT(tracer_traverse)},
    {Py_tp_clear, OAT_PY_SLOT(tracer_clear)},
    {Py_tp_methods, methods},
    {0},
};

PyType_Spec oat_py_tracer_spec = {
    .name = "oat._native.Tracer",
    .basicsize = sizeof(oat_py_tracer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
