/* What can be said of a span: methods and attributes of _native.Span. */
#ifndef OAT_PYTHON_NATIVE_SPAN_SET_H
#define OAT_PYTHON_NATIVE_SPAN_SET_H

#include "python/native/span.h"

/* Records an exception: its text with the traceback as the error, state error. */
void oat_py_span_set_exception(oat_py_span *self, PyObject *error);

/* Methods as the interpreter calls them. */
PyObject *oat_py_span_set_input(PyObject *self, PyObject *value);
PyObject *oat_py_span_set_output(PyObject *self, PyObject *value);
PyObject *oat_py_span_set_error(PyObject *self, PyObject *error);
PyObject *oat_py_span_set_usage(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *oat_py_span_set_field(PyObject *self, PyObject *args);
PyObject *oat_py_span_set_prompt(PyObject *self, PyObject *args);
PyObject *oat_py_span_set_call_id(PyObject *self, PyObject *value);
PyObject *oat_py_span_add_event(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *oat_py_span_set_ttft(PyObject *self, PyObject *seconds);

/* The attributes, ended by one without a name. */
extern PyGetSetDef oat_py_span_getset[];

PyObject *oat_py_span_repr(PyObject *self);

#endif
