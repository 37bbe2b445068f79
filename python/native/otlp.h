/* Spans of OpenTelemetry into a tracer's store. */
#ifndef OAT_PYTHON_NATIVE_OTLP_H
#define OAT_PYTHON_NATIVE_OTLP_H

#include "python/native/state.h"

/* A method of _native.Tracer: appends the spans of an OTLP request, as the bytes of its JSON, with the
 * meaning that their attributes have (docs/import.md). Returns how many there were; 0 when the tracer is
 * closed or there is no memory. ValueError: it is no such request. */
PyObject *oat_py_tracer_take_otlp(PyObject *tracer, PyObject *request);

#endif
