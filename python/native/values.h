/* Python objects as typed values of attributes. */
#ifndef OAT_PYTHON_NATIVE_VALUES_H
#define OAT_PYTHON_NATIVE_VALUES_H

#include "python/native/state.h"

/* Attributes of a dict, and the memory they point into. Free with oat_py_attrs_free. */
struct oat_py_attrs {
    oat_attr *items;
    size_t count;
    PyObject *kept; /* list of the objects whose bytes are borrowed */
    struct oat_py_block *blocks;
};

/* Fills in *ret from a dict; what has no type among the values of attributes goes
 * through oat._simplify, and what has no form even then is left out. Values under names
 * of secrets are not taken. Never leaves an exception set; without memory, or given no dict, there are none.
 */
void oat_py_attrs_read(PyObject *dict, struct oat_py_attrs *ret);
void oat_py_attrs_free(struct oat_py_attrs *attrs);

/* Sets each item of a dict as an attribute of the span. inherited: descendants take it over. *handle is
 * looked at when the items are ready: reading them may run code that ends the span. */
void oat_py_attrs_set(oat_span *const *handle, PyObject *dict, bool inherited);

#endif
