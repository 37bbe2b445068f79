/* oat._extra, the extension module of what needs PCRE2 and libcurl: a package that was built without them has
 * none. */
#ifndef OAT_PYTHON_EXTRA_MODULE_H
#define OAT_PYTHON_EXTRA_MODULE_H

#include "python/native/state.h"

PyMODINIT_FUNC PyInit__extra(void);

#endif
