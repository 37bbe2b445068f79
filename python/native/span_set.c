#include "python/native/span_set.h"

#include "format/ids.h"
#include "format/names.h"
#include "python/native/capture.h"
#include "python/native/values.h"

#include <math.h>
#include <string.h>

static oat_py_span *span_of(PyObject *object)
{
    return (oat_py_span *)object;
}

/* ---- Payloads ------------------------------------------------------------------------------- */

PyObject *oat_py_span_set_input(PyObject *self, PyObject *value)
{
    if (span_of(self)->handle)
        oat_py_capture(&span_of(self)->handle, value, oat_span_set_input);
    Py_RETURN_NONE;
}

PyObject *oat_py_span_set_output(PyObject *self, PyObject *value)
{
    if (span_of(self)->handle)
        oat_py_capture(&span_of(self)->handle, value, oat_span_set_output);
    Py_RETURN_NONE;
}

void oat_py_span_set_exception(oat_py_span *self, PyObject *error)
{
    if (!self->handle)
        return;
    PyObject *text = PyUnicode_Check(error) || !oat_py.error_text
                         ? PyObject_Str(error)
                         : PyObject_CallFunctionObjArgs(oat_py.error_text, error, NULL);
    PyErr_Clear();
    PyObject *utf8 = text && text != Py_None ? oat_py_utf8(text) : NULL;
    if (utf8) {
        self->failed = true;
        oat_span_set_error(self->handle, PyBytes_AsString(utf8), (size_t)PyBytes_Size(utf8));
    }
    Py_XDECREF(utf8);
    Py_XDECREF(text);
}

PyObject *oat_py_span_set_error(PyObject *self, PyObject *error)
{
    oat_py_span_set_exception(span_of(self), error);
    Py_RETURN_NONE;
}

/* ---- Usage ---------------------------------------------------------------------------------- */

/* The names of counts that providers and people use besides those of JSON. */
static int count_field_of(const char *name)
{
    static const struct {
        const char *name;
        enum oat_count_field field;
    } others[] = {
        {"input_tokens", OAT_COUNT_INPUT},
        {"output_tokens", OAT_COUNT_OUTPUT},
        {"cache_read_tokens", OAT_COUNT_CACHED},
        {"cached_input_tokens", OAT_COUNT_CACHED},
    };
    for (unsigned i = 0; i < OAT_COUNT_FIELDS; i++)
        if (strcmp(oat_count_field_name(i), name) == 0)
            return (int)i;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i].name, name) == 0)
            return (int)others[i].field;
    return -1;
}

static int64_t nano_of_usd(double usd)
{
    double nano = usd * 1e9;
    return isfinite(nano) && fabs(nano) < 9e18 ? (int64_t)llround(nano) : -1;
}

/* A cost or a count by its name; what is neither, or no number, is left out. */
static void set_reported(oat_span *handle, const char *name, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return;
    }
    int field = count_field_of(name);
    if (field >= 0 && number >= 0 && number < 0x1p63)
        oat_span_set_count(handle, (enum oat_count_field)field, (uint64_t)number);
    else if (strcmp(name, "total_cost") == 0 && number >= 0)
        oat_span_set_cost(handle, nano_of_usd(number), -1, -1, OAT_COST_REPORTED);
}

/* A provider's usage object: as JSON, in whatever dialect. */
static void set_usage_object(oat_py_span *self, PyObject *usage)
{
    struct oat_json *json = oat_py_text_acquire();
    if (!json)
        return;
    oat_py_put(json, usage);
    if (!json->failed)
        oat_span_set_usage(self->handle, json->bytes, json->len);
    oat_py_text_release(json);
}

PyObject *oat_py_span_set_usage(PyObject *object, PyObject *args, PyObject *kwargs)
{
    oat_py_span *self = span_of(object);
    PyObject *usage = NULL, *key, *value;
    Py_ssize_t at = 0;
    if (!PyArg_UnpackTuple(args, "set_usage", 0, 1, &usage))
        return NULL;
    if (!self->handle)
        Py_RETURN_NONE;
    if (usage && usage != Py_None)
        set_usage_object(self, usage);
    while (kwargs && PyDict_Next(kwargs, &at, &key, &value)) {
        PyObject *name = value == Py_None ? NULL : oat_py_utf8(key);
        if (name && self->handle)
            set_reported(self->handle, PyBytes_AsString(name), value);
        Py_XDECREF(name);
    }
    Py_RETURN_NONE;
}

/* ---- Fields --------------------------------------------------------------------------------- */

PyObject *oat_py_span_set_field(PyObject *object, PyObject *args)
{
    const char *name;
    PyObject *value;
    if (!PyArg_ParseTuple(args, "sO:_set_field", &name, &value))
        return NULL;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++) {
        if (strcmp(oat_text_field_name(i), name) != 0)
            continue;
        PyObject *utf8 = oat_py_utf8(value);
        if (utf8)
            oat_span_set_text(span_of(object)->handle, (enum oat_text_field)i, PyBytes_AsString(utf8),
                              (size_t)PyBytes_Size(utf8));
        Py_XDECREF(utf8);
        Py_RETURN_NONE;
    }
    return PyErr_Format(PyExc_ValueError, "%s is no text field of a span", name);
}

PyObject *oat_py_span_set_prompt(PyObject *object, PyObject *args)
{
    const char *name;
    Py_ssize_t len;
    unsigned version = 0;
    if (!PyArg_ParseTuple(args, "s#|I:set_prompt", &name, &len, &version))
        return NULL;
    oat_span_set_text(span_of(object)->handle, OAT_TEXT_PROMPT_NAME, name, (size_t)len);
    if (version)
        oat_span_set_prompt_version(span_of(object)->handle, version);
    Py_RETURN_NONE;
}

PyObject *oat_py_span_set_call_id(PyObject *object, PyObject *value)
{
    PyObject *utf8 = oat_py_utf8(value);
    if (utf8)
        oat_span_set_call_id(span_of(object)->handle, PyBytes_AsString(utf8), (size_t)PyBytes_Size(utf8));
    Py_XDECREF(utf8);
    Py_RETURN_NONE;
}

PyObject *oat_py_span_add_event(PyObject *object, PyObject *args, PyObject *kwargs)
{
    oat_py_span *self = span_of(object);
    PyObject *name, *dict = kwargs ? PyDict_GetItemString(kwargs, "attributes") : NULL;
    struct oat_py_attrs attrs;
    if (!PyArg_ParseTuple(args, "U|O:add_event", &name, &dict))
        return NULL;
    PyObject *utf8 = oat_py_utf8(name);
    if (!self->handle || !utf8) {
        Py_XDECREF(utf8);
        Py_RETURN_NONE;
    }
    oat_py_attrs_read(dict ? dict : Py_None, &attrs);
    oat_event event = {.name = PyBytes_AsString(utf8),
                       .name_len = (size_t)PyBytes_Size(utf8),
                       .attrs = attrs.items,
                       .attr_count = attrs.count};
    oat_span_add_event(self->handle, &event);
    oat_py_attrs_free(&attrs);
    Py_DECREF(utf8);
    Py_RETURN_NONE;
}

PyObject *oat_py_span_set_ttft(PyObject *object, PyObject *seconds)
{
    double us = PyFloat_AsDouble(seconds) * 1e6;
    if (PyErr_Occurred())
        return NULL;
    if (us >= 0 && us < 0x1p63)
        oat_span_set_ttft_us(span_of(object)->handle, (uint64_t)us);
    Py_RETURN_NONE;
}

/* ---- Attributes ----------------------------------------------------------------------------- */

static PyObject *hex(const uint8_t *bytes, size_t count)
{
    char text[33];
    if (oat_id_is_zero(bytes, count))
        Py_RETURN_NONE;
    oat_hex_print(bytes, count, text);
    return PyUnicode_FromString(text);
}

static PyObject *get_trace_id(PyObject *self, void *unused)
{
    (void)unused;
    return hex(span_of(self)->place.trace_id, sizeof span_of(self)->place.trace_id);
}

static PyObject *get_span_id(PyObject *self, void *unused)
{
    (void)unused;
    return hex(span_of(self)->place.span_id, sizeof span_of(self)->place.span_id);
}

static PyObject *get_traceparent(PyObject *self, void *unused)
{
    (void)unused;
    char text[OAT_TRACEPARENT_SIZE];
    if (oat_id_is_zero(span_of(self)->place.trace_id, sizeof span_of(self)->place.trace_id))
        Py_RETURN_NONE;
    oat_traceparent_inject(&span_of(self)->place, text);
    return PyUnicode_FromString(text);
}

static PyObject *get_name(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_DecodeUTF8(PyBytes_AsString(span_of(self)->site->name),
                                PyBytes_Size(span_of(self)->site->name), "replace");
}

static PyObject *get_type(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(oat_span_type_name(span_of(self)->site->type));
}

static PyObject *get_recording(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(span_of(self)->handle != NULL);
}

static PyObject *get_metadata(PyObject *self, void *unused)
{
    (void)unused;
    if (!span_of(self)->metadata)
        span_of(self)->metadata = PyDict_New();
    Py_XINCREF(span_of(self)->metadata);
    return span_of(self)->metadata;
}

static int set_metadata(PyObject *self, PyObject *value, void *unused)
{
    (void)unused;
    if (!value || !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "metadata: expected a dict");
        return -1;
    }
    PyObject *before = span_of(self)->metadata;
    Py_INCREF(value);
    span_of(self)->metadata = value;
    Py_XDECREF(before);
    return 0;
}

PyGetSetDef oat_py_span_getset[] = {
    {"trace_id", get_trace_id, NULL, "32 hex digits, or None before its start.", NULL},
    {"span_id", get_span_id, NULL, "16 hex digits, or None before its start.", NULL},
    {"traceparent", get_traceparent, NULL,
     "The W3C header that makes it the parent of what another process does.", NULL},
    {"name", get_name, NULL, "What it is called.", NULL},
    {"span_type", get_type, NULL, "One of the 14 types.", NULL},
    {"is_recording", get_recording, NULL, "True while it runs and is recorded.", NULL},
    {"metadata", get_metadata, set_metadata, "A dict: its items become attributes when the span ends.", NULL},
    {0},
};

PyObject *oat_py_span_repr(PyObject *self)
{
    PyObject *name = get_name(self, NULL), *trace_id = get_trace_id(self, NULL);
    PyObject *text = name && trace_id
                         ? PyUnicode_FromFormat("<oat.Span %R %s of %R>", name,
                                                oat_span_type_name(span_of(self)->site->type), trace_id)
                         : NULL;
    Py_XDECREF(name);
    Py_XDECREF(trace_id);
    return text;
}
