#include "python/extra/module.h"

#include "oat/extra.h"

#include <errno.h>

typedef struct oat_py_shipper {
    PyObject_HEAD oat_shipper *shipper; /* NULL: stopped */
} oat_py_shipper;

/* ---- Redaction ------------------------------------------------------------------------------- */

/* For _native.Tracer. */
static PyObject *redactor(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    /* What it points to does not change, and stays. */
    return PyCapsule_New((void *)(uintptr_t)oat_pcre2_redactor(), OAT_PY_REDACTOR, NULL);
}

/* ---- Shipping -------------------------------------------------------------------------------- */

static PyObject *refuse(const oat_config *config, int result)
{
    if (result == OAT_E_NOMEM)
        return PyErr_NoMemory();
    if (result == OAT_E_IO)
        return PyErr_SetFromErrnoWithFilename(PyExc_OSError, config->data_dir);
    return PyErr_Format(result == OAT_E_INVALID ? PyExc_ValueError : PyExc_OSError, "%s to %s: %s",
                        config->data_dir, config->export_url, oat_result_text(result));
}

/* (data_dir, url, token, interval_ms, batch_size, keep_local): see _extra.pyi. */
static int shipper_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_shipper *self = (oat_py_shipper *)object;
    oat_config config;
    unsigned interval_ms, batch_size;
    int keep_local;
    oat_config_init(&config);
    config.export_enabled = true;
    config.warn = oat_py_warn;
    if (!PyArg_ParseTuple(args, "yszIIp:Shipper", &config.data_dir, &config.export_url, &config.export_token,
                          &interval_ms, &batch_size, &keep_local))
        return -1;
    config.export_interval_ms = interval_ms;
    config.export_batch_size = batch_size;
    config.export_keep_local = keep_local;
    if (self->shipper) {
        PyErr_SetString(PyExc_TypeError, "a Shipper does not change");
        return -1;
    }
    errno = 0;
    int result = oat_shipper_start(&config, &self->shipper);
    if (result == OAT_OK)
        return 0;
    refuse(&config, result);
    return -1;
}

/* (timeout_ms) -> whether the daemon has all, or another process sends it. */
static PyObject *shipper_flush(PyObject *object, PyObject *args)
{
    oat_shipper *shipper = ((oat_py_shipper *)object)->shipper;
    unsigned timeout_ms;
    int result;
    if (!PyArg_ParseTuple(args, "I:flush", &timeout_ms))
        return NULL;
    Py_BEGIN_ALLOW_THREADS result = oat_shipper_flush(shipper, timeout_ms);
    Py_END_ALLOW_THREADS return PyBool_FromLong(result == OAT_OK || result == OAT_NOTFOUND);
}

static void stop(oat_py_shipper *self, unsigned timeout_ms)
{
    oat_shipper *shipper = self->shipper;
    self->shipper = NULL;
    Py_BEGIN_ALLOW_THREADS oat_shipper_stop(shipper, timeout_ms);
    Py_END_ALLOW_THREADS
}

static PyObject *shipper_stop(PyObject *object, PyObject *args)
{
    unsigned timeout_ms;
    if (!PyArg_ParseTuple(args, "I:stop", &timeout_ms))
        return NULL;
    stop((oat_py_shipper *)object, timeout_ms);
    Py_RETURN_NONE;
}

static void shipper_dealloc(PyObject *object)
{
    stop((oat_py_shipper *)object, 0);
    oat_py_free(object);
}

static PyMethodDef methods[] = {
    {"flush", shipper_flush, METH_VARARGS, "Sends what is there. True: it is there, or another one sends."},
    {"stop", shipper_stop, METH_VARARGS, "Sends what is left, within that time, and ends."},
    {0},
};

static char doc[] = "A thread that sends a store to a daemon.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(shipper_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(shipper_dealloc)},
    {Py_tp_methods, methods},
    {0},
};

static PyType_Spec spec = {
    .name = "oat._extra.Shipper",
    .basicsize = sizeof(oat_py_shipper),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

/* ---- The module ------------------------------------------------------------------------------ */

static PyMethodDef functions[] = {
    {"redactor", redactor, METH_NOARGS, "What looks for patterns, for a Tracer."},
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "oat._extra", .m_doc = "What needs PCRE2 and libcurl.",
    .m_size = -1,          .m_methods = functions,
};

PyMODINIT_FUNC PyInit__extra(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && !oat_py_add_type(module, &spec, "Shipper"))
        Py_CLEAR(module);
    return module;
}
