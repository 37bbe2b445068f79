/* _native.Store: reading a store; answers are JSON texts in the shapes of docs/api.md. */
#ifndef OAT_PYTHON_NATIVE_STORE_H
#define OAT_PYTHON_NATIVE_STORE_H

#include "python/native/state.h"

extern PyType_Spec oat_py_store_spec;

#endif
