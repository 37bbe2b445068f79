/* _native.Config: how a tracer is configured: defaults, tracer.yaml, the environment, code, in this order of
 * strength (oat/config.h). Immutable. */
#ifndef OAT_PYTHON_NATIVE_CONFIG_H
#define OAT_PYTHON_NATIVE_CONFIG_H

#include "python/native/state.h"

typedef struct oat_py_config {
    PyObject_HEAD oat_config config;
    char wrong[OAT_CONFIG_WRONG_SIZE]; /* "" or the first thing that is wrong with it */
} oat_py_config;

extern PyType_Spec oat_py_config_spec;

#endif
