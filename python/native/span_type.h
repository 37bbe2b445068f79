/* _native.Span, the type. */
#ifndef OAT_PYTHON_NATIVE_SPAN_TYPE_H
#define OAT_PYTHON_NATIVE_SPAN_TYPE_H

#include "python/native/state.h"

extern PyType_Spec oat_py_span_spec;

#endif
