#include "python/native/values.h"

#include "python/native/capture.h"

#include <string.h>

#define DEPTH_MAX 32u

struct oat_py_block {
    struct oat_py_block *next;
    max_align_t bytes[];
};

static void *allot(struct oat_py_attrs *attrs, size_t count, size_t size)
{
    if (count > (PY_SSIZE_T_MAX - sizeof(struct oat_py_block)) / size)
        return NULL;
    struct oat_py_block *block = PyMem_Calloc(1, sizeof *block + count * size);
    if (!block)
        return NULL;
    block->next = attrs->blocks;
    attrs->blocks = block;
    return block->bytes;
}

static bool read_value(struct oat_py_attrs *attrs, PyObject *object, oat_value *ret, unsigned depth);

/* The UTF-8 of a str; its bytes live as long as attrs. */
static bool read_text(struct oat_py_attrs *attrs, PyObject *text, const char **ret, size_t *ret_len)
{
    PyObject *utf8 = oat_py_utf8(text);
    bool held = utf8 && PyList_Append(attrs->kept, utf8) == 0;
    if (held) {
        *ret = PyBytes_AsString(utf8);
        *ret_len = (size_t)PyBytes_Size(utf8);
    }
    PyErr_Clear();
    Py_XDECREF(utf8);
    return held;
}

static bool read_member(struct oat_py_attrs *attrs, PyObject *key, PyObject *value, oat_attr *ret,
                        unsigned depth)
{
    PyObject *name = PyObject_Str(key);
    bool taken = name && read_text(attrs, name, &ret->key, &ret->key_len) &&
                 !oat_py_name_is_secret(ret->key, ret->key_len, false);
    PyErr_Clear();
    Py_XDECREF(name);
    return taken && read_value(attrs, value, &ret->value, depth);
}

static bool read_members(struct oat_py_attrs *attrs, PyObject *dict, oat_attr **ret, size_t *ret_count,
                         unsigned depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    size_t count = 0, size = (size_t)PyDict_Size(dict);
    oat_attr *items = allot(attrs, size + 1, sizeof *items);
    if (!items)
        return false;
    while (count < size && PyDict_Next(dict, &at, &key, &value)) {
        /* Reading them may run code that changes the dict. */
        Py_INCREF(key);
        Py_INCREF(value);
        if (read_member(attrs, key, value, &items[count], depth))
            count++;
        Py_DECREF(key);
        Py_DECREF(value);
    }
    *ret = items;
    *ret_count = count;
    return true;
}

static bool read_array(struct oat_py_attrs *attrs, PyObject *list, oat_value *ret, unsigned depth)
{
    bool is_list = PyList_Check(list);
    size_t size = (size_t)(is_list ? PyList_Size(list) : PyTuple_Size(list)), count = 0;
    oat_value *items = allot(attrs, size + 1, sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < size; i++) {
        Py_ssize_t at = (Py_ssize_t)i;
        PyObject *item = is_list ? PyList_GetItem(list, at) : PyTuple_GetItem(list, at);
        if (!item)
            break; /* the list became shorter */
        Py_INCREF(item);
        if (read_value(attrs, item, &items[count], depth))
            count++;
        Py_DECREF(item);
    }
    PyErr_Clear();
    *ret = (oat_value){.type = OAT_VALUE_ARRAY, .len = count, .u.array = items};
    return true;
}

/* The text of an object, as str() gives it. */
static bool read_as_text(struct oat_py_attrs *attrs, PyObject *object, oat_value *ret)
{
    PyObject *text = PyObject_Str(object);
    ret->type = OAT_VALUE_STRING;
    bool read = text && read_text(attrs, text, &ret->u.string, &ret->len);
    PyErr_Clear();
    Py_XDECREF(text);
    return read;
}

/* What has no type among the values: as the Python half sees it. */
static bool read_object(struct oat_py_attrs *attrs, PyObject *object, oat_value *ret, unsigned depth)
{
    PyObject *simple = oat_py.simplify ? PyObject_CallFunctionObjArgs(oat_py.simplify, object, NULL) : NULL;
    bool read = simple && simple != object && depth < DEPTH_MAX && PyList_Append(attrs->kept, simple) == 0 &&
                read_value(attrs, simple, ret, depth + 1);
    PyErr_Clear();
    Py_XDECREF(simple);
    return read;
}

static bool read_integer(struct oat_py_attrs *attrs, PyObject *object, oat_value *ret)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow || (number == -1 && PyErr_Occurred())) {
        PyErr_Clear();
        return read_as_text(attrs, object, ret);
    }
    *ret = (oat_value){.type = OAT_VALUE_INT, .u.integer = number};
    return true;
}

static bool read_value(struct oat_py_attrs *attrs, PyObject *object, oat_value *ret, unsigned depth)
{
    *ret = (oat_value){.type = OAT_VALUE_NULL};
    if (object == Py_None)
        return true;
    if (object == Py_True || object == Py_False) {
        *ret = (oat_value){.type = OAT_VALUE_BOOL, .u.boolean = object == Py_True};
        return true;
    }
    if (PyUnicode_Check(object)) {
        ret->type = OAT_VALUE_STRING;
        return read_text(attrs, object, &ret->u.string, &ret->len);
    }
    if (PyLong_Check(object))
        return read_integer(attrs, object, ret);
    if (PyFloat_Check(object)) {
        *ret = (oat_value){.type = OAT_VALUE_DOUBLE, .u.real = PyFloat_AsDouble(object)};
        return true;
    }
    if (depth < DEPTH_MAX && PyDict_Check(object)) {
        oat_attr *items;
        size_t count;
        bool read = read_members(attrs, object, &items, &count, depth + 1);
        if (read)
            *ret = (oat_value){.type = OAT_VALUE_MAP, .len = count, .u.map = items};
        return read;
    }
    if (depth < DEPTH_MAX && (PyList_Check(object) || PyTuple_Check(object)))
        return read_array(attrs, object, ret, depth + 1);
    return read_object(attrs, object, ret, depth);
}

void oat_py_attrs_read(PyObject *dict, struct oat_py_attrs *ret)
{
    *ret = (struct oat_py_attrs){.kept = PyList_New(0)};
    if (!ret->kept || !PyDict_Check(dict) || !read_members(ret, dict, &ret->items, &ret->count, 1))
        ret->count = 0;
    PyErr_Clear();
}

void oat_py_attrs_free(struct oat_py_attrs *attrs)
{
    while (attrs->blocks) {
        struct oat_py_block *block = attrs->blocks;
        attrs->blocks = block->next;
        PyMem_Free(block);
    }
    Py_XDECREF(attrs->kept);
}

void oat_py_attrs_set(oat_span *const *handle, PyObject *dict, bool inherited)
{
    struct oat_py_attrs attrs;
    oat_py_attrs_read(dict, &attrs);
    for (size_t i = 0; i < attrs.count; i++) {
        const oat_attr *item = &attrs.items[i];
        if (inherited)
            oat_span_set_context_attr(*handle, item->key, item->key_len, &item->value);
        else
            oat_span_set_attr(*handle, item->key, item->key_len, &item->value);
    }
    oat_py_attrs_free(&attrs);
}
