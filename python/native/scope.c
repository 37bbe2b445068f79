#include "python/native/scope.h"

#include "format/ids.h"
#include "python/native/values.h"

#include <string.h>

PyObject *oat_py_current(void)
{
    PyObject *node = PyObject_CallFunctionObjArgs(oat_py.get_current, NULL);
    if (!node)
        PyErr_Clear();
    return node;
}

void oat_py_make_current(PyObject *node)
{
    PyObject *token = PyObject_CallFunctionObjArgs(oat_py.set_current, node, NULL);
    if (!token)
        PyErr_Clear();
    Py_XDECREF(token);
}

void oat_py_places_leave(void)
{
    PyObject *node = oat_py_current();
    while (node && Py_TYPE(node) == oat_py.scope_type && ((oat_py_scope *)node)->has_place) {
        PyObject *outer = ((oat_py_scope *)node)->outer;
        Py_XINCREF(outer);
        Py_DECREF(node);
        node = outer;
    }
    if (node)
        oat_py_make_current(node);
    Py_XDECREF(node);
}

static void set_text(oat_span *span, enum oat_text_field field, PyObject *bytes)
{
    oat_span_set_text(span, field, PyBytes_AsString(bytes), (size_t)PyBytes_Size(bytes));
}

static void apply(const oat_py_scope *scope, oat_span *const *handle)
{
    oat_span *span = *handle;
    if (scope->session)
        set_text(span, OAT_TEXT_SESSION, scope->session);
    if (scope->user)
        set_text(span, OAT_TEXT_USER, scope->user);
    if (scope->prompt_name)
        set_text(span, OAT_TEXT_PROMPT_NAME, scope->prompt_name);
    if (scope->prompt_version)
        oat_span_set_prompt_version(span, scope->prompt_version);
    if (scope->trace_text)
        oat_span_set_attr_string(span, "oat.trace_id", PyBytes_AsString(scope->trace_text));
    if (scope->metadata)
        oat_py_attrs_set(handle, scope->metadata, true);
}

void oat_py_scopes_apply(PyObject *node, oat_span *const *handle, enum oat_span_type type)
{
    if (Py_TYPE(node) != oat_py.scope_type)
        return;
    oat_py_scope *scope = (oat_py_scope *)node;
    if (scope->outer)
        oat_py_scopes_apply(scope->outer, handle, type); /* first, so that the inner one overrides it */
    if (scope->once && (scope->used || type != OAT_LLM))
        return;
    scope->used = true;
    apply(scope, handle);
}

/* ---- The type ------------------------------------------------------------------------------- */

/* A text option as UTF-8; None: not set. False with an exception set. */
static bool read_text(PyObject *value, const char *name, PyObject **ret)
{
    if (!value || value == Py_None)
        return true;
    PyObject *text = PyObject_Str(value);
    if (!text)
        return false;
    *ret = oat_py_utf8(text);
    Py_DECREF(text);
    if (!*ret)
        PyErr_Format(PyExc_ValueError, "%s: expected text", name);
    return *ret != NULL;
}

static bool read_version(PyObject *value, uint32_t *ret)
{
    if (!value || value == Py_None)
        return true;
    unsigned long version = PyLong_AsUnsignedLong(value);
    if (PyErr_Occurred())
        return false;
    if (version > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "prompt version: expected a number below 2^32");
        return false;
    }
    *ret = (uint32_t)version;
    return true;
}

/* A place given as a W3C traceparent or as any text that names a trace. */
static bool read_place(oat_py_scope *self, PyObject *value)
{
    PyObject *bytes = NULL;
    if (!read_text(value, "trace_id", &bytes))
        return false;
    if (!bytes)
        return true;
    const char *text = PyBytes_AsString(bytes);
    size_t len = (size_t)PyBytes_Size(bytes);
    self->has_place = oat_traceparent_extract(text, len, &self->place) == OAT_OK;
    if (!self->has_place && oat_x_trace_id_extract(text, len, &self->place) == OAT_OK) {
        uint8_t same[16];
        self->has_place = true;
        if (!oat_hex_parse(text, len, same, sizeof same)) {
            Py_INCREF(bytes);
            self->trace_text = bytes;
        }
    }
    Py_DECREF(bytes);
    if (!self->has_place)
        PyErr_SetString(PyExc_ValueError,
                        "trace_id: expected a trace id or a traceparent of 1 to 4,096 bytes");
    return self->has_place;
}

/* (session_id, user_id, metadata, prompt_name, prompt_version, trace_id, once): see _native.pyi. */
static int scope_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_scope *self = (oat_py_scope *)object;
    PyObject *session = NULL, *user = NULL, *metadata = NULL, *prompt = NULL, *version = NULL, *place = NULL;
    int once = 0;
    if (!PyArg_ParseTuple(args, "|OOOOOOp:Scope", &session, &user, &metadata, &prompt, &version, &place,
                          &once))
        return -1;
    self->once = once;
    if (!read_text(session, "session_id", &self->session) || !read_text(user, "user_id", &self->user) ||
        !read_text(prompt, "prompt", &self->prompt_name) || !read_version(version, &self->prompt_version) ||
        !read_place(self, place))
        return -1;
    if (metadata && metadata != Py_None) {
        if (!PyDict_Check(metadata)) {
            PyErr_SetString(PyExc_TypeError, "metadata: expected a dict");
            return -1;
        }
        Py_INCREF(metadata);
        self->metadata = metadata;
    }
    return 0;
}

static PyObject *scope_enter(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_scope *self = (oat_py_scope *)object;
    PyObject *outer = oat_py_current();
    Py_XDECREF(self->outer);
    self->outer = outer;
    oat_py_make_current(object);
    Py_RETURN_NONE;
}

static PyObject *scope_leave(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_scope *self = (oat_py_scope *)object;
    PyObject *current = oat_py_current();
    if (current == object && self->outer)
        oat_py_make_current(self->outer);
    Py_XDECREF(current);
    Py_RETURN_NONE;
}

static int scope_traverse(PyObject *object, visitproc visit, void *arg)
{
    oat_py_scope *self = (oat_py_scope *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->outer);
    Py_VISIT(self->metadata);
    return 0;
}

static int scope_clear(PyObject *object)
{
    oat_py_scope *self = (oat_py_scope *)object;
    Py_CLEAR(self->outer);
    Py_CLEAR(self->metadata);
    return 0;
}

static void scope_dealloc(PyObject *object)
{
    oat_py_scope *self = (oat_py_scope *)object;
    PyObject_GC_UnTrack(object);
    scope_clear(object);
    Py_XDECREF(self->session);
    Py_XDECREF(self->user);
    Py_XDECREF(self->prompt_name);
    Py_XDECREF(self->trace_text);
    oat_py_free(object);
}

static PyMethodDef methods[] = {
    {"enter", scope_enter, METH_NOARGS, "Makes the scope current."},
    {"leave", scope_leave, METH_NOARGS, "Makes current what was before it."},
    {0},
};

static char doc[] = "What holds for all spans that are started within it.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(scope_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(scope_dealloc)},
    {Py_tp_traverse, OAT_PY_SLOT(scope_traverse)},
    {Py_tp_clear, OAT_PY_SLOT(scope_clear)},
    {Py_tp_methods, methods},
    {0},
};

PyType_Spec oat_py_scope_spec = {
    .name = "oat._native.Scope",
    .basicsize = sizeof(oat_py_scope),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
