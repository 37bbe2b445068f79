#include "python/native/span_type.h"

#include "python/native/capture.h"
#include "python/native/span.h"
#include "python/native/span_set.h"

static PyObject *span_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_span_start((oat_py_span *)object);
    Py_INCREF(object);
    return object;
}

static PyObject *span_exit(PyObject *object, PyObject *args)
{
    oat_py_span *self = (oat_py_span *)object;
    PyObject *error = PyTuple_Size(args) > 1 ? PyTuple_GetItem(args, 1) : Py_None;
    if (error != Py_None)
        oat_py_span_set_exception(self, error);
    oat_py_span_end(self);
    Py_RETURN_FALSE;
}

/* An awaitable of a result, whose reference is taken. */
static PyObject *ready(PyObject *result)
{
    PyObject *awaitable = PyObject_CallFunctionObjArgs(oat_py.ready, result, NULL);
    Py_DECREF(result);
    return awaitable;
}

static PyObject *span_aenter(PyObject *object, PyObject *unused)
{
    return ready(span_enter(object, unused));
}

static PyObject *span_aexit(PyObject *object, PyObject *args)
{
    return ready(span_exit(object, args));
}

static PyObject *span_end(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_span_end((oat_py_span *)object);
    Py_RETURN_NONE;
}

static PyObject *span_finish(PyObject *object, PyObject *result)
{
    oat_py_span *self = (oat_py_span *)object;
    if (self->handle && result != Py_None && self->site->capture_output)
        oat_py_capture(&self->handle, result, oat_span_set_output);
    oat_py_span_end(self);
    Py_RETURN_NONE;
}

static PyObject *span_fail(PyObject *object, PyObject *error)
{
    oat_py_span_set_exception((oat_py_span *)object, error);
    oat_py_span_end((oat_py_span *)object);
    Py_RETURN_NONE;
}

static PyObject *span_suspend(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_span_suspend((oat_py_span *)object);
    Py_RETURN_NONE;
}

static PyObject *span_resume(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_span_resume((oat_py_span *)object);
    Py_RETURN_NONE;
}

static int span_traverse(PyObject *object, visitproc visit, void *arg)
{
    oat_py_span *self = (oat_py_span *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->tracer);
    Py_VISIT(self->site);
    Py_VISIT(self->outer);
    Py_VISIT(self->inner);
    Py_VISIT(self->metadata);
    return 0;
}

static int span_clear(PyObject *object)
{
    Py_CLEAR(((oat_py_span *)object)->outer);
    Py_CLEAR(((oat_py_span *)object)->inner);
    Py_CLEAR(((oat_py_span *)object)->metadata);
    return 0;
}

static void span_dealloc(PyObject *object)
{
    oat_py_span *self = (oat_py_span *)object;
    oat_span *handle = self->handle;
    PyObject_GC_UnTrack(object);
    if (handle) {
        /* Nobody can end it any more. */
        oat_py_span_orphan(self);
        oat_span_end(handle);
    }
    span_clear(object);
    Py_CLEAR(self->tracer);
    Py_CLEAR(self->site);
    oat_py_free(object);
}

/* As the interpreter wants to have it; the flags tell it how to call. */
#define WITH_KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef methods[] = {
    {"__enter__", span_enter, METH_NOARGS, "Starts the span and makes it current."},
    {"__exit__", span_exit, METH_VARARGS, "Ends the span; as failed when an exception leaves the block."},
    {"__aenter__", span_aenter, METH_NOARGS, "As __enter__."},
    {"__aexit__", span_aexit, METH_VARARGS, "As __exit__."},
    {"end", span_end, METH_NOARGS, "Ends the span now."},
    {"set_input", oat_py_span_set_input, METH_O,
     "Captures what it works on: text, bytes, or anything as JSON."},
    {"set_output", oat_py_span_set_output, METH_O, "Captures what came of it, likewise."},
    {"set_error", oat_py_span_set_error, METH_O, "Marks it as failed, by an exception or a text."},
    {"set_usage", WITH_KEYWORDS(oat_py_span_set_usage), METH_VARARGS | METH_KEYWORDS,
     "Sets token counts: a provider's usage object, or prompt_tokens=, completion_tokens=, ..., total_cost= "
     "(USD)."},
    {"set_prompt", oat_py_span_set_prompt, METH_VARARGS, "Names the prompt that was used, and its version."},
    {"add_event", WITH_KEYWORDS(oat_py_span_add_event), METH_VARARGS | METH_KEYWORDS,
     "Notes that something happened now: a name and a dict of attributes."},
    {"_set_field", oat_py_span_set_field, METH_VARARGS, "Sets a text field by its name in JSON."},
    {"_set_call_id", oat_py_span_set_call_id, METH_O, "The provider's id of its answer."},
    {"_set_ttft", oat_py_span_set_ttft, METH_O, "Seconds from its start to the first token."},
    {"_finish", span_finish, METH_O, "Captures what the traced function returned, and ends the span."},
    {"_fail", span_fail, METH_O, "Records an exception, and ends the span."},
    {"_suspend", span_suspend, METH_NOARGS, "Makes current what was before it; it goes on."},
    {"_resume", span_resume, METH_NOARGS, "Makes it current again."},
    {0},
};

static char doc[] = "A span: one operation of an agent. oat.span() makes one.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_dealloc, OAT_PY_SLOT(span_dealloc)},
    {Py_tp_traverse, OAT_PY_SLOT(span_traverse)},
    {Py_tp_clear, OAT_PY_SLOT(span_clear)},
    {Py_tp_methods, methods},
    {Py_tp_getset, oat_py_span_getset},
    {Py_tp_repr, OAT_PY_SLOT(oat_py_span_repr)},
    {0},
};

PyType_Spec oat_py_span_spec = {
    .name = "oat._native.Span",
    .basicsize = sizeof(oat_py_span),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
