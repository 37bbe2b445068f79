/* Python objects as JSON: what is captured of arguments and results.
 *
 * Nothing here leaves an exception set, and no object can make it fail, hang or recurse for ever: what has no
 * form in JSON goes through the Python half (oat._simplify), depth and size are bounded, and what is left out
 * says so where it would stand. */
#ifndef OAT_PYTHON_NATIVE_CAPTURE_H
#define OAT_PYTHON_NATIVE_CAPTURE_H

#include "format/json_write.h"
#include "python/native/state.h"

#define OAT_PY_CAPTURE_DEPTH     48u
#define OAT_PY_CAPTURE_MAX_BYTES (UINT64_C(64) << 20) /* of one payload */

/* A text to write into: mostly one that is kept, another when that is in use (a __repr__ may be traced). Give
 * it back with oat_py_text_release. */
struct oat_json *oat_py_text_acquire(void);
void oat_py_text_release(struct oat_json *json);

/* Writes a value. */
void oat_py_put(struct oat_json *json, PyObject *value);

/* True for names whose values are never captured: password, api_key, authorization ... in any spelling.
 * strict: also those that mean a secret as the name of an argument, but often not as a key within data
 * (token). */
bool oat_py_name_is_secret(const char *name, size_t len, bool strict);

/* Writes what stands for a secret. */
void oat_py_put_secret(struct oat_json *json);

/* oat_span_set_input or oat_span_set_output. */
typedef void (*oat_py_use)(oat_span *span, const void *data, size_t len, const char *media_type);

/* Captures a payload: a str as text/plain, bytes as they are (their beginning tells the media type), all else
 * as JSON. *handle is looked at when the payload is ready: making it may run code that ends the span. */
void oat_py_capture(oat_span *const *handle, PyObject *value, oat_py_use use);

#endif
