/* oat._native: the library for Python. What is public of it is in the package oat. */
#include "python/native/module.h"

#include "format/ids.h"
#include "python/native/capture.h"
#include "python/native/config.h"
#include "python/native/scope.h"
#include "python/native/site.h"
#include "python/native/span.h"
#include "python/native/span_type.h"
#include "python/native/store.h"
#include "python/native/tracer.h"

/* (tracer: Tracer | None, closed: bool) */
static PyObject *use_tracer(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *tracer, *before = oat_py.tracer;
    int closed = 0;
    if (!PyArg_ParseTuple(args, "O|p:use_tracer", &tracer, &closed))
        return NULL;
    if (tracer != Py_None && Py_TYPE(tracer) != oat_py.tracer_type) {
        PyErr_SetString(PyExc_TypeError, "expected a Tracer or None");
        return NULL;
    }
    oat_py.tracer = tracer == Py_None ? NULL : tracer;
    oat_py.closed = closed;
    Py_XINCREF(oat_py.tracer);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

/* (make_tracer, simplify, error_text, ready): functions of the Python half. */
static PyObject *set_functions(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject **const kept[] = {&oat_py.make_tracer, &oat_py.simplify, &oat_py.error_text, &oat_py.ready};
    for (Py_ssize_t i = 0; i < (Py_ssize_t)(sizeof kept / sizeof *kept); i++) {
        PyObject *function = PyTuple_GetItem(args, i), *before = *kept[i];
        if (!function)
            return NULL;
        Py_INCREF(function);
        *kept[i] = function;
        Py_XDECREF(before);
    }
    Py_RETURN_NONE;
}

static PyObject *current_span(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *span = (PyObject *)oat_py_span_current();
    if (!span)
        Py_RETURN_NONE;
    return span;
}

static PyObject *current_place(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    oat_span_context place;
    PyObject *node = oat_py_current(), *text;
    oat_py_place_of(node, &place, &text);
    PyObject *result =
        text ? PyUnicode_DecodeUTF8(PyBytes_AsString(text), PyBytes_Size(text), "replace") : NULL;
    char hex[33], header[OAT_TRACEPARENT_SIZE];
    Py_XDECREF(node);
    if (oat_id_is_zero(place.trace_id, sizeof place.trace_id))
        Py_RETURN_NONE;
    oat_hex_print(place.trace_id, sizeof place.trace_id, hex);
    oat_traceparent_inject(&place, header);
    return result ? Py_BuildValue("(Ns)", result, header) : Py_BuildValue("(ss)", hex, header);
}

static PyObject *leave_places(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    oat_py_places_leave();
    Py_RETURN_NONE;
}

static PyObject *captured(PyObject *module, PyObject *value)
{
    (void)module;
    struct oat_json *json = oat_py_text_acquire();
    if (!json)
        return PyErr_NoMemory();
    oat_py_put(json, value);
    PyObject *text =
        json->failed ? PyErr_NoMemory() : PyBytes_FromStringAndSize(json->bytes, (Py_ssize_t)json->len);
    oat_py_text_release(json);
    return text;
}

static PyMethodDef functions[] = {
    {"use_tracer", use_tracer, METH_VARARGS, "Sets the tracer that spans are started with."},
    {"set_functions", set_functions, METH_VARARGS, "Sets the functions of the Python half."},
    {"current_span", current_span, METH_NOARGS, "The span that is current, or None."},
    {"current_place", current_place, METH_NOARGS,
     "(trace id as it was given, traceparent) of what is current, or None."},
    {"leave_places", leave_places, METH_NOARGS, "Leaves the scopes that are current and have a place."},
    {"captured", captured, METH_O, "A value as the JSON that would be captured of it."},
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "oat._native", .m_doc = "The library for Python.",
    .m_size = -1,          .m_methods = functions,
};

static bool add_types(PyObject *module)
{
    oat_py.config_type = oat_py_add_type(module, &oat_py_config_spec, "Config");
    oat_py.tracer_type = oat_py_add_type(module, &oat_py_tracer_spec, "Tracer");
    oat_py.site_type = oat_py_add_type(module, &oat_py_site_spec, "Site");
    oat_py.span_type = oat_py_add_type(module, &oat_py_span_spec, "Span");
    oat_py.scope_type = oat_py_add_type(module, &oat_py_scope_spec, "Scope");
    oat_py.store_type = oat_py_add_type(module, &oat_py_store_spec, "Store");
    return oat_py.config_type && oat_py.tracer_type && oat_py.site_type && oat_py.span_type &&
           oat_py.scope_type && oat_py.store_type;
}

/* The limited interface has no functions for context variables: their methods are called. */
static bool add_variable(void)
{
    PyObject *contextvars = PyImport_ImportModule("contextvars");
    PyObject *type = contextvars ? PyObject_GetAttrString(contextvars, "ContextVar") : NULL;
    PyObject *args = Py_BuildValue("(s)", "oat.current"), *kwargs = Py_BuildValue("{sO}", "default", Py_None);
    PyObject *variable = type && args && kwargs ? PyObject_Call(type, args, kwargs) : NULL;
    if (variable) {
        oat_py.get_current = PyObject_GetAttrString(variable, "get");
        oat_py.set_current = PyObject_GetAttrString(variable, "set");
    }
    Py_XDECREF(contextvars);
    Py_XDECREF(type);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    Py_XDECREF(variable);
    return oat_py.get_current && oat_py.set_current;
}

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (!module || !add_types(module) || !add_variable() ||
        PyModule_AddStringConstant(module, "version", oat_version()) < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}
