#include "python/native/store.h"

#include "export/query_json.h"
#include "export/span_json.h"
#include "oat/lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXTS_MAX 32u
#define TRIES     3u /* a compaction may replace the files while a question is answered */

typedef struct oat_py_store {
    PyObject_HEAD oat_store *store;
    oat_snapshot *snapshot; /* NULL: none yet */
} oat_py_store;

/* A question: what it asks, and the answer. */
struct ask {
    oat_py_store *self;
    const oat_filter *filter;
    oat_trace_query traces;
    oat_span_list_query spans;
    oat_span_query query;
    oat_span_query_error wrong;
    const char *id;
    size_t id_len;
    bool payloads;
    struct oat_json json;
};

/* ---- Answers: without the interpreter's lock --------------------------------------------------- */

static int answer_traces(struct ask *ask)
{
    oat_trace_list *list;
    int rc = oat_trace_list_open(ask->self->snapshot, &ask->traces, &list);
    if (rc != OAT_OK)
        return rc;
    oat_json_array_begin(&ask->json);
    for (size_t i = 0; i < oat_trace_list_count(list) && rc == OAT_OK; i++)
        rc = oat_json_trace_summary(&ask->json, ask->self->snapshot, oat_trace_list_get(list, i));
    oat_json_array_end(&ask->json);
    oat_trace_list_close(list);
    return rc;
}

static int answer_trace(struct ask *ask)
{
    uint8_t trace_id[16];
    oat_trace *trace;
    int rc = oat_snapshot_find_trace(ask->self->snapshot, ask->id, ask->id_len, trace_id);
    if (rc == OAT_OK)
        rc = oat_trace_open(ask->self->snapshot, trace_id, &trace);
    if (rc != OAT_OK)
        return rc;
    rc = oat_json_trace(&ask->json, ask->self->snapshot, trace,
                        ask->payloads ? OAT_JSON_PAYLOADS : OAT_JSON_PREVIEWS);
    oat_trace_close(trace);
    return rc;
}

static int put_span(struct ask *ask, const oat_span_ids *ids)
{
    oat_trace *trace;
    size_t count;
    int rc = oat_trace_open(ask->self->snapshot, ids->trace_id, &trace);
    if (rc != OAT_OK)
        return rc == OAT_NOTFOUND ? OAT_OK : rc;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    for (size_t i = 0; i < count && rc == OAT_OK; i++)
        if (memcmp(spans[i].span_id, ids->span_id, sizeof ids->span_id) == 0 &&
            spans[i].start_ns == ids->start_ns)
            rc = oat_json_span(&ask->json, ask->self->snapshot, trace, &spans[i],
                               ask->payloads ? OAT_JSON_PAYLOADS : OAT_JSON_PREVIEWS);
    oat_trace_close(trace);
    return rc;
}

static int answer_spans(struct ask *ask)
{
    oat_span_list *list;
    int rc = oat_span_list_open(ask->self->snapshot, &ask->spans, &list);
    if (rc != OAT_OK)
        return rc;
    oat_json_array_begin(&ask->json);
    for (size_t i = 0; i < oat_span_list_count(list) && rc == OAT_OK; i++)
        rc = put_span(ask, oat_span_list_get(list, i));
    oat_json_array_end(&ask->json);
    oat_span_list_close(list);
    return rc;
}

#define NAME_SIZE 24u /* a trace id, a span id */

static int compare_span_ids(const void *span_id, const void *name)
{
    return memcmp(span_id, (const uint8_t *)name + 16, 8);
}

/* The spans of one trace that `count` names mean, sorted as they are. */
static int put_named(struct ask *ask, const char *names, size_t count)
{
    oat_trace *trace;
    size_t span_count;
    int rc = oat_trace_open(ask->self->snapshot, (const uint8_t *)names, &trace);
    if (rc != OAT_OK)
        return rc == OAT_NOTFOUND ? OAT_OK : rc;
    const oat_span_view *spans = oat_trace_spans(trace, &span_count);
    for (size_t i = 0; i < span_count && rc == OAT_OK; i++)
        if (bsearch(spans[i].span_id, names, count, NAME_SIZE, compare_span_ids))
            rc = oat_json_span(&ask->json, ask->self->snapshot, trace, &spans[i], OAT_JSON_PAYLOADS);
    oat_trace_close(trace);
    return rc;
}

static int answer_named(struct ask *ask)
{
    int rc = OAT_OK;
    oat_json_array_begin(&ask->json);
    for (size_t at = 0, end; at < ask->id_len && rc == OAT_OK; at = end) {
        end = at + NAME_SIZE;
        while (end < ask->id_len && memcmp(ask->id + at, ask->id + end, 16) == 0)
            end += NAME_SIZE;
        rc = put_named(ask, ask->id + at, (end - at) / NAME_SIZE);
    }
    oat_json_array_end(&ask->json);
    return rc;
}

static int answer_query(struct ask *ask)
{
    oat_query_result *result;
    int rc = oat_query_run(ask->self->snapshot, &ask->query, &result, &ask->wrong);
    if (rc != OAT_OK)
        return rc;
    oat_json_query_result(&ask->json, result);
    oat_query_result_free(result);
    return OAT_OK;
}

/* Over what is committed now; again when the files were replaced meanwhile. */
static int answer_now(struct ask *ask, int (*answer)(struct ask *ask))
{
    int rc = OAT_E_STALE;
    for (unsigned i = 0; i < TRIES && rc == OAT_E_STALE; i++) {
        rc = oat_snapshot_refresh(ask->self->store, &ask->self->snapshot);
        oat_json_clear(&ask->json);
        if (rc == OAT_OK)
            rc = answer(ask);
    }
    return rc == OAT_OK && ask->json.failed ? OAT_E_NOMEM : rc;
}

/* ---- Questions ------------------------------------------------------------------------------ */

static PyObject *refuse(const struct ask *ask, int rc)
{
    if (rc == OAT_NOTFOUND)
        Py_RETURN_NONE;
    if (rc == OAT_E_NOMEM)
        return PyErr_NoMemory();
    if (ask->wrong.part != 0)
        return PyErr_Format(PyExc_ValueError, "column %zu: %s", ask->wrong.text.column,
                            ask->wrong.text.message);
    return PyErr_Format(rc == OAT_E_IO ? PyExc_OSError : PyExc_ValueError, "reading the store: %s",
                        oat_result_text(rc));
}

static PyObject *run(struct ask *ask, int (*answer)(struct ask *ask))
{
    int rc;
    if (!ask->self->store) {
        PyErr_SetString(PyExc_ValueError, "the store is closed");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS rc = answer_now(ask, answer);
    Py_END_ALLOW_THREADS PyObject *text =
        rc == OAT_OK ? PyBytes_FromStringAndSize(ask->json.bytes, (Py_ssize_t)ask->json.len)
                     : refuse(ask, rc);
    oat_json_free(&ask->json);
    return text;
}

/* "": every span, NULL in *ret. False with an exception set. */
static bool read_filter(const char *text, oat_filter **ret)
{
    struct timespec now;
    oat_filter_error error;
    *ret = NULL;
    if (!*text)
        return true;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    if (oat_filter_parse(text, strlen(text), now_ns, ret, &error) == OAT_OK)
        return true;
    PyErr_Format(PyExc_ValueError, "filter: column %zu: %s", error.column, error.message);
    return false;
}

/* (filter, status, from_ns, to_ns, sort, limit, offset) -> JSON array of traces */
static PyObject *store_traces(PyObject *self, PyObject *args)
{
    struct ask ask = {.self = (oat_py_store *)self};
    const char *filter_text, *status, *sort;
    unsigned long long from_ns, to_ns;
    Py_ssize_t limit, offset;
    oat_filter *filter;
    if (!PyArg_ParseTuple(args, "ssKKsnn:traces", &filter_text, &status, &from_ns, &to_ns, &sort, &limit,
                          &offset))
        return NULL;
    ask.traces = (oat_trace_query){
        .from_ns = from_ns, .to_ns = to_ns, .limit = (size_t)limit, .offset = (size_t)offset};
    if (*status && (ask.traces.status = oat_shown_status_parse(status, strlen(status))) == 0)
        return PyErr_Format(PyExc_ValueError, "no status %s", status);
    if (!oat_trace_sort_parse(sort, &ask.traces.sort, &ask.traces.ascending))
        return PyErr_Format(PyExc_ValueError, "cannot sort by %s", sort);
    if (!read_filter(filter_text, &filter))
        return NULL;
    ask.traces.filter = filter;
    PyObject *text = run(&ask, answer_traces);
    oat_filter_free(filter);
    return text;
}

/* (id, payloads) -> JSON of a trace, or None */
static PyObject *store_trace(PyObject *self, PyObject *args)
{
    struct ask ask = {.self = (oat_py_store *)self};
    Py_ssize_t len;
    int payloads;
    if (!PyArg_ParseTuple(args, "s#p:trace", &ask.id, &len, &payloads))
        return NULL;
    ask.id_len = (size_t)len;
    ask.payloads = payloads;
    return run(&ask, answer_trace);
}

/* (filter, from_ns, to_ns, limit, offset, payloads) -> JSON array of spans */
static PyObject *store_spans(PyObject *self, PyObject *args)
{
    struct ask ask = {.self = (oat_py_store *)self};
    const char *filter_text;
    unsigned long long from_ns, to_ns;
    Py_ssize_t limit, offset;
    int payloads;
    oat_filter *filter;
    if (!PyArg_ParseTuple(args, "sKKnnp:spans", &filter_text, &from_ns, &to_ns, &limit, &offset, &payloads) ||
        !read_filter(filter_text, &filter))
        return NULL;
    ask.payloads = payloads;
    ask.spans = (oat_span_list_query){.filter = filter,
                                      .from_ns = from_ns,
                                      .to_ns = to_ns,
                                      .limit = (size_t)limit,
                                      .offset = (size_t)offset};
    PyObject *text = run(&ask, answer_spans);
    oat_filter_free(filter);
    return text;
}

/* (names) -> JSON array of spans with their payloads */
static PyObject *store_named(PyObject *self, PyObject *args)
{
    struct ask ask = {.self = (oat_py_store *)self};
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "y#:named", &ask.id, &len))
        return NULL;
    if (len % (Py_ssize_t)NAME_SIZE != 0) {
        PyErr_Format(PyExc_ValueError, "expected names of %u bytes", NAME_SIZE);
        return NULL;
    }
    ask.id_len = (size_t)len;
    return run(&ask, answer_named);
}

/* Texts of a tuple of str; bytes are borrowed from the tuple through `kept`. False with an exception set. */
static bool read_texts(PyObject *tuple, PyObject *kept, oat_text *ret, size_t *ret_count)
{
    Py_ssize_t count = PyTuple_Size(tuple);
    if (count > (Py_ssize_t)TEXTS_MAX) {
        PyErr_Format(PyExc_ValueError, "%zd names: at most %u", count, TEXTS_MAX);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *utf8 = PyUnicode_AsUTF8String(PyTuple_GetItem(tuple, i));
        if (!utf8 || PyList_Append(kept, utf8) < 0) {
            Py_XDECREF(utf8);
            return false;
        }
        ret[i] = (oat_text){PyBytes_AsString(utf8), (size_t)PyBytes_Size(utf8)};
        Py_DECREF(utf8);
    }
    *ret_count = (size_t)count;
    return true;
}

/* (filter, from_ns, to_ns, every_ns, group_by, aggregates, having, sort, limit) -> JSON of the answer */
static PyObject *store_query(PyObject *self, PyObject *args)
{
    struct ask ask = {.self = (oat_py_store *)self};
    oat_span_query *query = &ask.query;
    oat_text by[TEXTS_MAX], aggregates[TEXTS_MAX], sort[TEXTS_MAX];
    PyObject *by_names, *aggregate_names, *sort_names, *text = NULL;
    const char *filter_text, *having;
    unsigned long long from_ns, to_ns, every_ns;
    Py_ssize_t limit;
    oat_filter *filter;
    if (!PyArg_ParseTuple(args, "sKKKO!O!sO!n:query", &filter_text, &from_ns, &to_ns, &every_ns,
                          &PyTuple_Type, &by_names, &PyTuple_Type, &aggregate_names, &having, &PyTuple_Type,
                          &sort_names, &limit))
        return NULL;
    *query = (oat_span_query){.from_ns = from_ns,
                              .to_ns = to_ns,
                              .every_ns = every_ns,
                              .group_by = by,
                              .aggregates = aggregates,
                              .having = {having, strlen(having)},
                              .sort = sort,
                              .limit = (size_t)limit};
    PyObject *kept = PyList_New(0);
    if (kept && read_texts(by_names, kept, by, &query->group_by_count) &&
        read_texts(aggregate_names, kept, aggregates, &query->aggregate_count) &&
        read_texts(sort_names, kept, sort, &query->sort_count) && read_filter(filter_text, &filter)) {
        query->filter = filter;
        text = run(&ask, answer_query);
        oat_filter_free(filter);
    }
    Py_XDECREF(kept);
    return text;
}

/* ---- The type ------------------------------------------------------------------------------- */

static int store_init(PyObject *object, PyObject *args, PyObject *unused)
{
    (void)unused;
    oat_py_store *self = (oat_py_store *)object;
    const char *dir;
    oat_problem problem;
    char text[OAT_PROBLEM_TEXT_SIZE];
    if (!PyArg_ParseTuple(args, "y:Store", &dir))
        return -1;
    if (self->store) {
        PyErr_SetString(PyExc_TypeError, "a Store does not change");
        return -1;
    }
    int rc = oat_store_open_explained(dir, &self->store, &problem);
    if (rc == OAT_OK)
        return 0;
    if (rc == OAT_E_NOMEM)
        PyErr_NoMemory();
    else
        PyErr_Format(rc == OAT_NOTFOUND ? PyExc_FileNotFoundError : PyExc_OSError, "%s: %s", dir,
                     oat_problem_text(&problem, text, sizeof text));
    return -1;
}

static PyObject *store_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    oat_py_store *self = (oat_py_store *)object;
    oat_snapshot_free(self->snapshot);
    oat_store_close(self->store);
    self->snapshot = NULL;
    self->store = NULL;
    Py_RETURN_NONE;
}

static void store_dealloc(PyObject *object)
{
    Py_XDECREF(store_close(object, NULL));
    oat_py_free(object);
}

static PyMethodDef methods[] = {
    {"traces", store_traces, METH_VARARGS, "Traces as a JSON array."},
    {"trace", store_trace, METH_VARARGS, "One trace as a JSON object; None: there is none."},
    {"spans", store_spans, METH_VARARGS, "Spans as a JSON array, the newest first."},
    {"named", store_named, METH_VARARGS,
     "The spans that these names of 24 bytes mean, those of a trace together and sorted."},
    {"query", store_query, METH_VARARGS, "Counts, sums and percentiles over spans as a JSON object."},
    {"close", store_close, METH_NOARGS, "Lets the files go."},
    {0},
};

static char doc[] = "A store that is read. For one thread at a time.";

static PyType_Slot slots[] = {
    {Py_tp_doc, doc},
    {Py_tp_init, OAT_PY_SLOT(store_init)},
    {Py_tp_new, OAT_PY_SLOT(PyType_GenericNew)},
    {Py_tp_dealloc, OAT_PY_SLOT(store_dealloc)},
    {Py_tp_methods, methods},
    {0},
};

PyType_Spec oat_py_store_spec = {
    .name = "oat._native.Store",
    .basicsize = sizeof(oat_py_store),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};
