/* _native.Site: what all spans of one place in a program have in common: name, type, the texts and attributes
 * they begin with, and how the arguments of the function that is traced are called. Immutable. */
#ifndef OAT_PYTHON_NATIVE_SITE_H
#define OAT_PYTHON_NATIVE_SITE_H

#include "python/native/state.h"

/* A parameter of the function that is traced. */
struct oat_py_param {
    PyObject *name; /* UTF-8 as bytes */
    bool secret;    /* its value is not captured */
};

typedef struct oat_py_site {
    PyObject_HEAD PyObject
        *name; /* texts: UTF-8 as bytes, whose address stays: the library finds a name by it */
    enum oat_span_type type;
    PyObject *texts[OAT_TEXT_FIELDS]; /* NULL: not set */
    PyObject *metadata;               /* dict; NULL: none */
    bool has_texts;
    bool capture_input, capture_output;
    bool skips_first; /* self or cls */
    size_t param_count;
    struct oat_py_param *params; /* those by position */
    PyObject *rest;              /* what *args are called; NULL: there are none */
} oat_py_site;

extern PyType_Spec oat_py_site_spec;

/* Gives a span that has just started what its site says. */
void oat_py_site_apply(const oat_py_site *site, oat_span *const *handle);

/* Captures the arguments of a call as the span's input: an object by name, without self, without secrets. */
void oat_py_site_capture(const oat_py_site *site, oat_span *const *handle, PyObject *args, PyObject *kwargs);

#endif
