#include "python/native/site.h"

#include "format/names.h"
#include "python/native/capture.h"
#include "python/native/span.h"
#include "python/native/values.h"

#include <string.h>

void oat_py_site_apply(const oat_py_site *site, oat_span *const *handle)
{
    for (unsigned i = 0; site->has_texts && i < OAT_TEXT_FIELDS; i++) {
        PyObject *text = site->texts[i];
        if (text)
            oat_span_set_text(*handle, (enum oat_text_field)i, PyBytes_AsString(text),
                              (size_t)PyBytes_Size(text));
    }
    if (site->metadata)
        oat_py_attrs_set(handle, site->metadata, false);
}

/* ---- Arguments ------------------------------------------------------------------------------ */

static void put_named(struct oat_json *json, PyObject *name, bool secret, PyObject *value)
{
    oat_json_key_text(json, PyBytes_AsString(name), (size_t)PyBytes_Size(name));
    if (secret)
        oat_py_put_secret(json);
    else
        oat_py_put(json, value);
}

static void put_rest(const oat_py_site *site, struct oat_json *json, PyObject *args, Py_ssize_t from)
{
    if (site->rest)
        oat_json_key_text(json, PyBytes_AsString(site->rest), (size_t)PyBytes_Size(site->rest));
    else
        oat_json_key(json, "args"); /* the call will fail; these were given */
    oat_json_array_begin(json);
    for (Py_ssize_t i = from; i < PyTuple_Size(args); i++)
        oat_py_put(json, PyTuple_GetItem(args, i));
    oat_json_array_end(json);
}

static void put_keywords(struct oat_json *json, PyObject *kwargs)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(kwargs, &at, &key, &value)) {
        PyObject *name = oat_py_utf8(key);
        if (!name)
            continue;
        put_named(json, name, oat_py_name_is_secret(PyBytes_AsString(name), (size_t)PyBytes_Size(name), true),
                  value);
        Py_DECREF(name);
    }
}

void oat_py_site_capture(const oat_py_site *site, oat_span *const *handle, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_Size(args), first = site->skips_first ? 1 : 0,
               named = (Py_ssize_t)site->param_count;
    bool has_keywords = kwargs && PyDict_Check(kwargs) && PyDict_Size(kwargs) > 0;
    if (count <= first && !has_keywords)
        return;
    struct oat_json *json = oat_py_text_acquire();
    if (!json)
        return;
    oat_json_object_begin(json);
    for (Py_ssize_t i = first; i < count && i < named; i++)
        put_named(json, site->params[i].name, site->params[i].secret, PyTuple_GetItem(args, i));
    if (count > named && count > first)
        put_rest(site, json, args, named > first ? named : first);
    if (has_keywords)
        put_keywords(json, kwargs);
    oat_json_object_end(json);
    if (!json->failed)
        oat_span_set_input(*handle, json->bytes, json->len, "application/json");
    oat_py_text_release(json);
}

/* ---- The type ------------------------------------------------------------------------------- */

static PyObject *required_utf8(PyObject *text)
{
    PyObject *bytes = oat_py_utf8(text);
    if (!bytes)
        PyErr_SetString(PyExc_TypeError, "expected a str");
    return bytes;
}

static bool read_type(PyObject *text, enum oat_span_type *ret)
{
    PyObject *bytes = required_utf8(text);
    if (!bytes)
        return false;
    *ret = oat_span_type_parse(PyBytes_AsString(bytes), (size_t)PyBytes_Size(bytes));
    Py_DECREF(bytes);
    if (*ret == 0)
        PyErr_Format(
            PyExc_ValueError,
            "span_type: %R is none of agent, llm, tool, retrieval, guardrail, handoff, embedding, rerank, "
            "memory, chain, http, database, cache, file_io",
            text);
    return *ret != 0;
}

static int text_field_of(const char *name)
{
    for (int i = OAT_TEXT_SERVICE; i < OAT_TEXT_FIELDS; i++)
        if (strcmp(oat_text_field_name((unsigned)i), name) == 0)
            return i;
    return -1;
}

/* Fields by the names they have in JSON: model, provider, operation, agent ... */
static bool read_texts(oat_py_site *self, PyObject *fields)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(fields, &at, &key, &value)) {
        PyObject *name = required_utf8(key);
        int field = name ? text_field_of(PyBytes_AsString(name)) : -1;
        if (name && field < 0)
            PyErr_Format(PyExc_ValueError, "%R is no text field of a span", key);
        Py_XDECREF(name);
        PyObject *text = field >= 0 ? required_utf8(value) : NULL;
        if (!text)
            return false;
        Py_XDECREF(self->texts[field]);
        self->texts[field] = text;
        self->has_texts = true;
    }
    return true;
}

static bool read_params(oat_py_site *self, PyObject *names)
{
    size_t count = (size_t)PyTuple_Size(names);
    self->params = PyMem_Calloc(count + 1, sizeof *self->params);
    if (!self->params) {
        PyErr_NoMemory();
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct oat_py_param *param = &self->params[i];
        param->name = required_utf8(PyTuple_GetItem(names, (Py_ssize_t)i));
        if (!param->name)
            return false;
        self->param_count++;
        const char *name = PyBytes_AsString(param->name);
        param->secret = oat_py_name_is_secret(name, (size_t)PyBytes_Size(param->name), true);
        if (i == 0)
            self->skips_first = strcmp(name, "self") == 0 || strcmp(name, "cls") == 0;
    }
    return true;
}

/* (name, span_type, fields, metadata, capture_input, capture_output, params, rest): see _native.pyi. */
static int site_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_site *self = (oat_py_site *)object;
    PyObject *name, *type, *fields = Py_None, *metadata = Py_None, *params = NULL, *rest = Py_None;
    int input = 1, output = 1;
    if (!PyArg_ParseTuple(args, "OO|OOppO!O:Site", &name, &type, &fields, &metadata, &input, &output,
                          &PyTuple_Type, &params, &rest))
        return -1;
    self->capture_input = input;
    self->capture_output = output;
    if (self->name) {
        PyErr_SetString(PyExc_TypeError, "a Site does not change");
        return -1;
    }
    self->name = required_utf8(name);
    if (!self->name || !read_type(type, &self->type) || (fields != Py_None && !read_texts(self, fields)) ||
        (params && !read_params(self, params)))
        return -1;
    if (rest != Py_None && !(self->rest = required_utf8(rest)))
        return -1;
    if (metadata != Py_None) {
        if (!PyDict_Check(metadata)) {
            PyErr_SetString(PyExc_TypeError, "metadata: expected a dict");
            return -1;
        }
        self->metadata = PyDict_Copy(metadata);
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *site_start(PyObject *object, PyObject *args)
{
    PyObject *positional = NULL, *keywords = NULL;
    if (!PyArg_UnpackTuple(args, "start", 0, 2, &positional, &keywords))
        return NULL;
    oat_py_span *span = oat_py_span_new((oat_py_site *)object);
    if (!span)
        return NULL;
    oat_py_span_start(span);
    if (positional && span->handle && ((oat_py_site *)object)->capture_input && PyTuple_Check(positional))
        oat_py_site_capture((oat_py_site *)object, &span->handle, positional, keywords);
    return (PyObject *)span;
}

static PyObject *site_span(PyObject *object, PyObject *unused)
{
    (void)unused;
    return (PyObject *)oat_py_span_new((oat_py_site *)object);
}

static int site_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((oat_py_site *)object)->metadata);
    return 0;
}

static int site_clear(PyObject *object)
{
    Py_CLEAR(((oat_py_site *)object)->metadata);
    return 0;
}

static void site_dealloc(PyObject *object)
{
    oat_py_site *self = (oat_py_site *)object;
    PyObject_GC_UnTrack(object);
    site_clear(object);
    Py_XDECREF(self->name);
    Py_XDECREF(self->rest);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        Py_XDECREF(self->texts[i]);
    for (size_t i = 0; i < self->param_count; i++)
        Py_DECREF(self->params[i].name);
    PyMem_Free(self->params);
    oat_py_free(object);
}

static PyMethodDef methods[] = {
    {"start", site_start, METH_VARARGS,
     "start(args=None, kwargs=None): a span that runs and is current; its input are these arguments."},
    {"span", site_span, METH_NOARGS, "A span that starts when its with block is entered."},
    {0},
};

static char doc[] = "What all spans of one place in a program have in common.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(site_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(site_dealloc)},
    {Py_tp_traverse, OAT_PY_SLOT(site_traverse)},
    {Py_tp_clear, OAT_PY_SLOT(site_clear)},
    {Py_tp_methods, methods},
    {0},
};

PyType_Spec oat_py_site_spec = {
    .name = "oat._native.Site",
    .basicsize = sizeof(oat_py_site),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
