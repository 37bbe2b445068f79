#include "python/native/state.h"

#include <stdio.h>

struct oat_py_state oat_py;

void oat_py_warn(void *unused, const char *message)
{
    (void)unused;
    fprintf(stderr, "oat: %s\n", message);
}

PyTypeObject *oat_py_add_type(PyObject *module, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromSpec(spec);
    if (!type)
        return NULL;
    Py_INCREF(type); /* one reference is the module's, one the state's */
    if (PyModule_AddObject(module, name, type) < 0) {
        Py_DECREF(type);
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

void oat_py_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = __extension__(freefunc) PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

PyObject *oat_py_utf8(PyObject *text)
{
    if (!PyUnicode_Check(text))
        return NULL;
    PyObject *bytes = PyUnicode_AsUTF8String(text);
    if (!bytes) {
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    }
    if (!bytes)
        PyErr_Clear();
    return bytes;
}
