/* The life of a span: its start below what is current, its end. */
#include "python/native/span.h"

#include "format/ids.h"
#include "python/native/scope.h"
#include "python/native/values.h"

#include <string.h>

static oat_py_span *as_span(PyObject *node)
{
    return Py_TYPE(node) == oat_py.span_type ? (oat_py_span *)node : NULL;
}

/* ---- Where it starts ------------------------------------------------------------------------ */

/* What is nearest outwards that says where a new span belongs: a span, a scope with a place, or nothing. */
static void find_place(PyObject *node, oat_py_span **ret_span, const oat_span_context **ret_place)
{
    *ret_span = NULL;
    *ret_place = NULL;
    while (node && Py_TYPE(node) == oat_py.scope_type) {
        const oat_py_scope *scope = (const oat_py_scope *)node;
        if (scope->has_place) {
            *ret_place = &scope->place;
            return;
        }
        node = scope->outer;
    }
    *ret_span = node ? as_span(node) : NULL;
}

void oat_py_place_of(PyObject *node, oat_span_context *ret_place, PyObject **ret_text)
{
    *ret_place = (oat_span_context){0};
    *ret_text = NULL;
    while (node && Py_TYPE(node) == oat_py.scope_type) {
        const oat_py_scope *scope = (const oat_py_scope *)node;
        if (scope->has_place) {
            *ret_place = scope->place;
            *ret_text = scope->trace_text;
            return;
        }
        node = scope->outer;
    }
    const oat_py_span *span = node ? as_span(node) : NULL;
    if (span)
        *ret_place = span->place;
}

/* The handle, started below `node`; NULL when nothing is recorded. */
static oat_span *open_handle(oat_py_span *self, PyObject *node)
{
    oat_py_span *parent;
    const oat_span_context *place;
    oat_span_options options = {.detached = true};
    find_place(node, &parent, &place);
    if (parent && parent->handle)
        options.parent_span = parent->handle;
    else if (parent && !oat_id_is_zero(parent->place.trace_id, sizeof parent->place.trace_id))
        options.parent = &parent->place;
    else if (place)
        options.parent = place;
    else
        options.new_trace = true;
    self->root = options.new_trace || place;
    return oat_span_start_with(self->tracer->tracer, self->site->type, PyBytes_AsString(self->site->name),
                               &options);
}

/* ---- Running -------------------------------------------------------------------------------- */

static void link_running(oat_py_span *self)
{
    oat_py_tracer *tracer = self->tracer;
    self->older = tracer->running;
    self->newer = NULL;
    if (self->older)
        self->older->newer = self;
    tracer->running = self;
}

static void unlink_running(oat_py_span *self)
{
    if (self->newer)
        self->newer->older = self->older;
    else
        self->tracer->running = self->older;
    if (self->older)
        self->older->newer = self->newer;
    self->older = self->newer = NULL;
}

oat_py_span *oat_py_span_new(oat_py_site *site)
{
    oat_py_span *self = (oat_py_span *)PyType_GenericAlloc(oat_py.span_type, 0);
    if (self) {
        Py_INCREF(site);
        self->site = site;
    }
    return self;
}

void oat_py_span_start(oat_py_span *self)
{
    oat_py_tracer *tracer = self->tracer ? NULL : oat_py_tracer_in_use();
    PyObject *node = tracer ? oat_py_current() : NULL;
    if (!node)
        return;
    Py_INCREF(tracer);
    self->tracer = tracer;
    self->handle = open_handle(self, node);
    if (self->handle) {
        self->place = oat_span_get_context(self->handle);
        link_running(self);
        oat_py_scopes_apply(node, &self->handle, self->site->type);
        oat_py_site_apply(self->site, &self->handle);
    }
    self->outer = node;
    oat_py_make_current((PyObject *)self);
}

/* What to make current after it: ended spans are skipped, whose order was not that of a stack. */
static PyObject *next_current(PyObject *node)
{
    oat_py_span *span = as_span(node);
    while (span && !span->handle && span->outer) {
        node = span->outer;
        span = as_span(node);
    }
    return node;
}

/* True when the span is current, but for scopes within it. */
static bool is_current(const oat_py_span *self, PyObject *current)
{
    while (current && Py_TYPE(current) == oat_py.scope_type)
        current = ((oat_py_scope *)current)->outer;
    return current == (const PyObject *)self;
}

bool oat_py_span_suspend(oat_py_span *self)
{
    PyObject *current = self->outer ? oat_py_current() : NULL;
    if (!current || !is_current(self, current)) {
        Py_XDECREF(current);
        return false;
    }
    oat_py_make_current(next_current(self->outer));
    Py_XDECREF(self->inner);
    self->inner = current;
    return true;
}

void oat_py_span_resume(oat_py_span *self)
{
    PyObject *node = self->inner ? oat_py_current() : NULL;
    if (!node)
        return;
    Py_XDECREF(self->outer);
    self->outer = node;
    oat_py_make_current(self->inner);
    Py_CLEAR(self->inner);
}

void oat_py_span_end(oat_py_span *self)
{
    bool was_current = oat_py_span_suspend(self);
    if (self->handle && self->metadata)
        oat_py_attrs_set(&self->handle, self->metadata, false);
    oat_span *handle = self->handle;
    if (handle) {
        unlink_running(self);
        self->handle = NULL;
        oat_span_end(handle);
        oat_py_tracer_ended(self->tracer, &self->place, self->root, self->failed);
    }
    Py_CLEAR(self->inner);
    /* One that was not current may be met again, on the way back from a span within it. */
    if (was_current)
        Py_CLEAR(self->outer);
}

void oat_py_span_orphan(oat_py_span *self)
{
    unlink_running(self);
    self->handle = NULL;
}

oat_py_span *oat_py_span_current(void)
{
    PyObject *node = oat_py_current();
    while (node && Py_TYPE(node) == oat_py.scope_type) {
        PyObject *outer = ((oat_py_scope *)node)->outer;
        Py_XINCREF(outer);
        Py_DECREF(node);
        node = outer;
    }
    if (node && as_span(node))
        return (oat_py_span *)node;
    Py_XDECREF(node);
    return NULL;
}
