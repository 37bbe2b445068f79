#include "python/native/capture.h"

#include "format/utf8.h"

#include <string.h>

#define TOO_DEEP  "[left out: nested too deep]"
#define TOO_LARGE "[left out: too large]"
#define NO_FORM   "[left out: it has no text]"
#define SECRET    "[redacted]"
/* What the kept text may hold on to between captures. */
#define KEPT_BYTES ((size_t)1 << 20)

static struct oat_json kept;
static bool kept_in_use;

struct oat_json *oat_py_text_acquire(void)
{
    if (!kept_in_use) {
        kept_in_use = true;
        return &kept;
    }
    return PyMem_Calloc(1, sizeof(struct oat_json));
}

void oat_py_text_release(struct oat_json *json)
{
    if (json != &kept) {
        if (json)
            oat_json_free(json);
        PyMem_Free(json);
        return;
    }
    if (kept.capacity > KEPT_BYTES || kept.failed)
        oat_json_free(&kept);
    else
        oat_json_clear(&kept);
    kept_in_use = false;
}

/* ---- Secrets -------------------------------------------------------------------------------- */

bool oat_py_name_is_secret(const char *name, size_t len, bool strict)
{
    static const char *const anywhere[] = {
        "password",     "passwd",        "passphrase",    "secret",        "api_key",
        "apikey",       "x_api_key",     "access_key",    "secret_key",    "private_key",
        "access_token", "refresh_token", "id_token",      "auth_token",    "api_token",
        "bearer_token", "client_secret", "session_token", "authorization", "proxy_authorization",
        "credentials",  "cookie",        "set_cookie",
    };
    char plain[32];
    if (len == 0 || len >= sizeof plain)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        plain[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '-' ? '_' : c;
    }
    plain[len] = '\0';
    const char *bare = plain + strspn(plain, "_");
    for (size_t i = 0; i < sizeof anywhere / sizeof *anywhere; i++) {
        size_t tail = strlen(anywhere[i]), all = strlen(bare);
        /* openai_api_key is one, too. */
        if (all >= tail && strcmp(bare + all - tail, anywhere[i]) == 0 &&
            (all == tail || bare[all - tail - 1] == '_'))
            return true;
    }
    return strict && (strcmp(bare, "token") == 0 || strcmp(bare, "auth") == 0);
}

void oat_py_put_secret(struct oat_json *json)
{
    oat_json_cstring(json, SECRET);
}

/* ---- Values --------------------------------------------------------------------------------- */

static void put(struct oat_json *json, PyObject *value, unsigned depth);

static size_t room(const struct oat_json *json)
{
    return json->len < OAT_PY_CAPTURE_MAX_BYTES ? (size_t)(OAT_PY_CAPTURE_MAX_BYTES - json->len) : 0;
}

static void put_str(struct oat_json *json, PyObject *value)
{
    PyObject *utf8 = oat_py_utf8(value);
    if (!utf8) {
        oat_json_cstring(json, NO_FORM);
        return;
    }
    if ((size_t)PyBytes_Size(utf8) <= room(json))
        oat_json_string(json, PyBytes_AsString(utf8), (size_t)PyBytes_Size(utf8));
    else
        oat_json_cstring(json, TOO_LARGE);
    Py_DECREF(utf8);
}

static void put_int(struct oat_json *json, PyObject *value)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (!overflow && !(number == -1 && PyErr_Occurred())) {
        oat_json_int(json, number);
        return;
    }
    PyErr_Clear();
    PyObject *digits = PyObject_Str(value);
    if (!digits)
        PyErr_Clear();
    if (digits)
        put_str(json, digits);
    else
        oat_json_cstring(json, NO_FORM);
    Py_XDECREF(digits);
}

static void put_bytes(struct oat_json *json, const char *bytes, size_t len)
{
    oat_json_object_begin(json);
    oat_json_key(json, "media_type");
    oat_json_cstring(json, "application/octet-stream");
    oat_json_key(json, "base64");
    if (len / 3 * 4 <= room(json))
        oat_json_base64(json, (const uint8_t *)bytes, len);
    else
        oat_json_cstring(json, TOO_LARGE);
    oat_json_object_end(json);
}

static void put_member(struct oat_json *json, PyObject *key, PyObject *value, unsigned depth)
{
    PyObject *text = PyUnicode_Check(key) ? NULL : PyObject_Str(key);
    if (PyErr_Occurred())
        PyErr_Clear();
    PyObject *utf8 = oat_py_utf8(text ? text : key);
    if (utf8) {
        size_t len = (size_t)PyBytes_Size(utf8);
        oat_json_key_text(json, PyBytes_AsString(utf8), len);
        if (oat_py_name_is_secret(PyBytes_AsString(utf8), len, false))
            oat_py_put_secret(json);
        else
            put(json, value, depth);
        Py_DECREF(utf8);
    }
    Py_XDECREF(text);
}

static void put_dict(struct oat_json *json, PyObject *dict, unsigned depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    oat_json_object_begin(json);
    while (room(json) > 0 && PyDict_Next(dict, &at, &key, &value)) {
        /* Writing them may run code that changes the dict. */
        Py_INCREF(key);
        Py_INCREF(value);
        put_member(json, key, value, depth);
        Py_DECREF(key);
        Py_DECREF(value);
    }
    oat_json_object_end(json);
}

static void put_list(struct oat_json *json, PyObject *list, unsigned depth)
{
    bool is_list = PyList_Check(list);
    oat_json_array_begin(json);
    for (Py_ssize_t i = 0; i < (is_list ? PyList_Size(list) : PyTuple_Size(list)); i++) {
        PyObject *value = is_list ? PyList_GetItem(list, i) : PyTuple_GetItem(list, i);
        Py_INCREF(value);
        put(json, value, depth);
        Py_DECREF(value);
        if (room(json) == 0)
            break;
    }
    oat_json_array_end(json);
}

/* What has no form of its own in JSON: as the Python half sees it. */
static void put_object(struct oat_json *json, PyObject *value, unsigned depth)
{
    PyObject *simple = oat_py.simplify ? PyObject_CallFunctionObjArgs(oat_py.simplify, value, NULL) : NULL;
    if (!simple || simple == value) {
        PyErr_Clear();
        oat_json_cstring(json, NO_FORM);
    } else {
        put(json, simple, depth);
    }
    Py_XDECREF(simple);
}

static void put(struct oat_json *json, PyObject *value, unsigned depth)
{
    if (value == Py_None)
        oat_json_null(json);
    else if (value == Py_True || value == Py_False)
        oat_json_bool(json, value == Py_True);
    else if (PyUnicode_Check(value))
        put_str(json, value);
    else if (PyLong_Check(value))
        put_int(json, value);
    else if (PyFloat_Check(value))
        oat_json_double(json, PyFloat_AsDouble(value));
    else if (room(json) == 0)
        oat_json_cstring(json, TOO_LARGE);
    else if (depth >= OAT_PY_CAPTURE_DEPTH)
        oat_json_cstring(json, TOO_DEEP);
    else if (PyDict_Check(value))
        put_dict(json, value, depth + 1);
    else if (PyList_Check(value) || PyTuple_Check(value))
        put_list(json, value, depth + 1);
    else if (PyBytes_Check(value))
        put_bytes(json, PyBytes_AsString(value), (size_t)PyBytes_Size(value));
    else
        put_object(json, value, depth + 1);
}

void oat_py_put(struct oat_json *json, PyObject *value)
{
    put(json, value, 0);
}

void oat_py_capture(oat_span *const *handle, PyObject *value, oat_py_use use)
{
    if (PyBytes_Check(value)) {
        use(*handle, PyBytes_AsString(value), (size_t)PyBytes_Size(value), NULL);
        return;
    }
    PyObject *utf8 = oat_py_utf8(value);
    if (utf8) {
        use(*handle, PyBytes_AsString(utf8), (size_t)PyBytes_Size(utf8), "text/plain");
        Py_DECREF(utf8);
        return;
    }
    struct oat_json *json = oat_py_text_acquire();
    if (!json)
        return;
    oat_py_put(json, value);
    if (!json->failed)
        use(*handle, json->bytes, json->len, "application/json");
    oat_py_text_release(json);
}
