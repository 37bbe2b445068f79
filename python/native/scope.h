/* _native.Scope: what holds for all spans that are started within it: session, user, prompt, metadata, or the
 * place of a trace of another process. A Scope stands among the spans in the variable of the current span. */
#ifndef OAT_PYTHON_NATIVE_SCOPE_H
#define OAT_PYTHON_NATIVE_SCOPE_H

#include "python/native/state.h"

typedef struct oat_py_scope {
    PyObject_HEAD PyObject *outer; /* what was current: a Span, a Scope or None */
    PyObject *session, *user;      /* UTF-8 as bytes; NULL: not set */
    PyObject *prompt_name;
    uint32_t prompt_version; /* 0: not set */
    PyObject *metadata;      /* dict; NULL: none */
    bool once;               /* for the first llm span alone */
    bool used;               /* that has started */
    bool has_place;
    oat_span_context place;
    PyObject *trace_text; /* the trace id as it was given; NULL: as hex */
} oat_py_scope;

extern PyType_Spec oat_py_scope_spec;

/* What is current: a Span, a Scope or None, new reference. NULL only without memory, no exception set. */
PyObject *oat_py_current(void);

/* Makes a Span, a Scope or None current. Never leaves an exception set. */
void oat_py_make_current(PyObject *node);

/* Leaves the scopes that are current and have a place. */
void oat_py_places_leave(void);

/* Gives a span what the scopes from `node` outwards say, the outer ones first, up to the next span. As
 * oat_py_attrs_set. */
void oat_py_scopes_apply(PyObject *node, oat_span *const *handle, enum oat_span_type type);

#endif
