#include "python/native/config.h"

#include "config/owned.h"
#include "config/tracer_yaml.h"

#include <string.h>
#include <structmember.h>

/* What messages call the settings that code gives. */
#define CODE "arguments"

/* Takes what code gives: a directory, unless "", and the text of a tracer.yaml. OAT_OK, OAT_E_INVALID,
 * OAT_E_NOMEM; wrong as oat_config_load gives it. */
static int take_code(oat_config *config, const char *data_dir, const char *yaml, size_t yaml_len,
                     char wrong[OAT_CONFIG_WRONG_SIZE])
{
    if (*data_dir) {
        config->data_dir = oat_config_keep(config, data_dir, strlen(data_dir));
        if (!config->data_dir)
            return OAT_E_NOMEM;
    }
    return oat_tracer_yaml_read(config, CODE, yaml, yaml_len, wrong);
}

/* (path, data_dir, yaml): see _native.pyi. */
static int config_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_config *self = (oat_py_config *)object;
    const char *path, *data_dir, *yaml;
    Py_ssize_t yaml_len;
    char wrong[OAT_CONFIG_WRONG_SIZE] = "";
    if (!PyArg_ParseTuple(args, "yyy#:Config", &path, &data_dir, &yaml, &yaml_len))
        return -1;
    if (self->config.owned) {
        PyErr_SetString(PyExc_TypeError, "a Config does not change");
        return -1;
    }
    int result = oat_config_load(&self->config, *path ? path : NULL, self->wrong);
    if (result != OAT_E_NOMEM)
        result = take_code(&self->config, data_dir, yaml, (size_t)yaml_len, wrong);
    if (result == OAT_E_NOMEM) {
        PyErr_NoMemory();
        return -1;
    }
    if (!*self->wrong)
        memcpy(self->wrong, wrong, sizeof wrong);
    if (*self->wrong && self->config.strict) {
        PyErr_SetString(PyExc_ValueError, self->wrong);
        return -1;
    }
    return 0;
}

static void config_dealloc(PyObject *object)
{
    oat_config_free(&((oat_py_config *)object)->config);
    oat_py_free(object);
}

/* ---- Attributes ----------------------------------------------------------------------------- */

#define AT(field) offsetof(oat_py_config, config.field)

/* Texts may be those of the environment: any bytes. */
static PyObject *text(const char *value)
{
    if (!value)
        Py_RETURN_NONE;
    return PyUnicode_DecodeFSDefault(value);
}

static PyObject *get_text(PyObject *self, void *offset)
{
    return text(*(const char *const *)(const void *)((const char *)self + (uintptr_t)offset));
}

static PyObject *get_redacts_patterns(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(((oat_py_config *)self)->config.redact_pattern_count > 0);
}

static PyObject *get_targets(PyObject *self, void *unused)
{
    (void)unused;
    const oat_config *config = &((oat_py_config *)self)->config;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < config->target_count; i++) {
        const oat_config_target *target = &config->targets[i];
        PyObject *item =
            Py_BuildValue("(NNN)", text(target->module), text(target->function), text(target->span_type));
        if (!item || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

#define TEXT(name, field)                                                                                    \
    {                                                                                                        \
        name, get_text, NULL, NULL, (void *)AT(field)                                                        \
    }
static PyGetSetDef texts[] = {
    TEXT("data_dir", data_dir),
    TEXT("service_name", service),
    TEXT("service_version", service_version),
    TEXT("environment", environment),
    TEXT("export_url", export_url),
    TEXT("export_token", export_token),
    {"redacts_patterns", get_redacts_patterns, NULL, NULL, NULL},
    {"targets", get_targets, NULL, NULL, NULL},
    {0},
};

static PyMemberDef numbers[] = {
    {"flush_interval_ms", T_UINT, AT(flush_interval_ms), READONLY, NULL},
    {"capture_input", T_BOOL, AT(capture_input), READONLY, NULL},
    {"capture_output", T_BOOL, AT(capture_output), READONLY, NULL},
    {"capture_max_bytes", T_ULONGLONG, AT(capture_max_bytes), READONLY, NULL},
    {"redact_keys", T_BOOL, AT(redact_keys), READONLY, NULL},
    {"redact_emails", T_BOOL, AT(redact_emails), READONLY, NULL},
    {"redact_cards", T_BOOL, AT(redact_cards), READONLY, NULL},
    {"export_enabled", T_BOOL, AT(export_enabled), READONLY, NULL},
    {"export_interval_ms", T_UINT, AT(export_interval_ms), READONLY, NULL},
    {"export_batch_size", T_UINT, AT(export_batch_size), READONLY, NULL},
    {"export_keep_local", T_BOOL, AT(export_keep_local), READONLY, NULL},
    {"sampling_rate", T_DOUBLE, AT(sampling_rate), READONLY, NULL},
    {"error_sampling", T_DOUBLE, AT(error_sampling), READONLY, NULL},
    {"slow_trace_ms", T_UINT, AT(slow_trace_ms), READONLY, NULL},
    {"instrumentation", T_BOOL, AT(instrumentation), READONLY, NULL},
    {"wrong", T_STRING_INPLACE, offsetof(oat_py_config, wrong), READONLY, NULL},
    {0},
};

static char doc[] = "How a tracer is configured; include/oat/config.h says what its attributes mean.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(config_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(config_dealloc)},
    {Py_tp_getset, texts},
    {Py_tp_members, numbers},
    {0},
};

PyType_Spec oat_py_config_spec = {
    .name = "oat._native.Config",
    .basicsize = sizeof(oat_py_config),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};
