/* What the extension module holds once for the process: its types, the variable that knows the current span,
 * and the functions of the Python half that it calls. Everything here is used under the interpreter's lock.
 */
#ifndef OAT_PYTHON_NATIVE_STATE_H
#define OAT_PYTHON_NATIVE_STATE_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x03090000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "oat/oat.h"

struct oat_py_state {
    PyTypeObject *config_type, *tracer_type, *site_type, *span_type, *scope_type, *store_type;
    PyObject *get_current; /* bound methods of the ContextVar whose value is a Span, a Scope or None */
    PyObject *set_current;
    PyObject *tracer;      /* that decorated functions use; NULL: none yet */
    bool closed;           /* at exit: nothing is traced any more */
    PyObject *make_tracer; /* callables of oat._runtime: () -> None: sets `tracer` */
    PyObject *simplify;    /* (object) -> what JSON has a form for */
    PyObject *error_text;  /* (exception) -> str */
    PyObject *ready;       /* (value) -> an awaitable of it */
};

extern struct oat_py_state oat_py;

/* A function as the value of a PyType_Slot, which is a void *. */
#define OAT_PY_SLOT(function) (__extension__(void *)(function))

/* The name of a capsule of an oat_redactor. */
#define OAT_PY_REDACTOR "oat.redactor"

/* Prints a message of the library to standard error; for oat_config.warn. By any thread, those of the library
 * included: it does not call into the interpreter. */
void oat_py_warn(void *unused, const char *message);

/* Makes a type from its spec and adds it to the module. Borrowed; NULL with an exception set. */
PyTypeObject *oat_py_add_type(PyObject *module, PyType_Spec *spec, const char *name);

/* Frees an object of a type of ours, in its tp_dealloc, when what it holds was let go. */
void oat_py_free(PyObject *self);

/* The UTF-8 of a str, as a bytes object of the caller's; what cannot be encoded (surrogates) is written as an
 * escape. NULL without an exception: not a str, or no memory. */
PyObject *oat_py_utf8(PyObject *text);

#endif
