/* oat._native, the extension module. */
#ifndef OAT_PYTHON_NATIVE_MODULE_H
#define OAT_PYTHON_NATIVE_MODULE_H

#include "python/native/state.h"

PyMODINIT_FUNC PyInit__native(void);

#endif
