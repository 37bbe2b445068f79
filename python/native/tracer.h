/* _native.Tracer: a tracer of the library, and what Python has to know of its running spans. */
#ifndef OAT_PYTHON_NATIVE_TRACER_H
#define OAT_PYTHON_NATIVE_TRACER_H

#include "python/native/state.h"

/* Traces whose ids are remembered, to tell at exit what they cost. */
#define OAT_PY_TRACES_KEPT 64u

typedef struct oat_py_tracer {
    PyObject_HEAD oat_tracer *tracer; /* NULL: closed */
    struct oat_py_span *running;      /* spans that have a handle */
    PyObject *ended;                  /* list that is told the ids of spans that end; NULL: nobody asks */
    uint64_t pid;                     /* of the process that the counts below are of */
    uint64_t spans, errors, traces;
    uint8_t trace_ids[OAT_PY_TRACES_KEPT][16]; /* of the first ones */
} oat_py_tracer;

extern PyType_Spec oat_py_tracer_spec;

/* The tracer that decorated functions use; at the first call it is made. NULL: there is none, nothing is
 * traced. Borrowed. Never leaves an exception set. */
oat_py_tracer *oat_py_tracer_in_use(void);

/* Counts a span that has ended, and tells whoever asks. root: without a parent in this process. */
void oat_py_tracer_ended(oat_py_tracer *tracer, const oat_span_context *place, bool root, bool failed);

#endif
