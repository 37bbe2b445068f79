/* A span that a program started, from before its start until after its end. Whatever is done to one
 * that does not run (not started, ended, dropped, of a tracer that was closed) does nothing.
 * span_type.h makes it the type _native.Span. */
#ifndef OAT_PYTHON_NATIVE_SPAN_H
#define OAT_PYTHON_NATIVE_SPAN_H

#include "python/native/site.h"
#include "python/native/tracer.h"

typedef struct oat_py_span {
    PyObject_HEAD oat_span *handle; /* NULL: it does not run */
    oat_span_context place;         /* since its start; zero: it is not traced */
    oat_py_tracer *tracer;          /* owned, since its start */
    oat_py_site *site;              /* owned */
    PyObject *outer;                /* owned: what was current before it, while it runs; else NULL */
    PyObject *inner;    /* owned: the scope within it that was current when it was suspended; mostly NULL */
    PyObject *metadata; /* dict of attributes, read when it ends; NULL: none yet */
    struct oat_py_span *older, *newer; /* in the tracer's list of those that run */
    bool root;                         /* without a parent in this process */
    bool failed;
} oat_py_span;

/* A span that has not started. New reference; NULL with an exception set. */
oat_py_span *oat_py_span_new(oat_py_site *site);

/* Starts it below what is current, and makes it current. Never leaves an exception set. */
void oat_py_span_start(oat_py_span *self);

/* Ends it; what was current before it is again, if it is current. */
void oat_py_span_end(oat_py_span *self);

/* Makes current what was before it, if it or a scope within it is current; it goes on. False: it was not. */
bool oat_py_span_suspend(oat_py_span *self);
/* Makes it current again, above what is current now. */
void oat_py_span_resume(oat_py_span *self);

/* The span that is current, or NULL. New reference. */
oat_py_span *oat_py_span_current(void);

/* Where a span would be started with `node` current; zero: nowhere. *ret_text: the trace id as it was given
 * to a scope, as borrowed bytes; NULL: as hex. */
void oat_py_place_of(PyObject *node, oat_span_context *ret_place, PyObject **ret_text);

/* Its tracer is being closed: it does not run any more. */
void oat_py_span_orphan(oat_py_span *self);

#endif
