/* Writers, readers and the compactor in one process: nobody disturbs the others. */
#include "tests/support/compact_store.h"
#include "tests/support/run_totals.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#define WRITERS      2u
#define READERS      2u
#define WRITER_SPANS 600u
#define TRACES       40u

struct fixture {
    struct oat_run_writer *w;
    _Atomic unsigned ended; /* spans whose end has returned */
    _Atomic unsigned writing;
    _Atomic bool failed;
};

struct worker {
    struct fixture *f;
    unsigned number;
};

static void put_span(struct fixture *f, oat_tracer *tracer, unsigned number)
{
    char input[64];
    uint8_t span_id[8] = {(uint8_t)(number >> 8), (uint8_t)number, 1};
    oat_span_context parent = {.trace_id = {[15] = (uint8_t)(number % TRACES + 1)}, .span_id = {1}};
    oat_span_options options = {.span_id = span_id, .parent = &parent, .detached = true};
    int len = snprintf(input, sizeof input, "[{\"role\":\"user\",\"content\":\"question %u\"}]", number);
    oat_span *span = oat_span_start_with(tracer, OAT_LLM, "step", &options);
    oat_span_set_input(span, input, (size_t)len, NULL);
    oat_span_set_count(span, OAT_COUNT_INPUT, number);
    oat_span_end(span);
    atomic_fetch_add(&f->ended, 1);
}

/* Each has tracers of its own, one after the other, so that there is always something to take. */
static void *write_spans(void *arg)
{
    const struct worker *worker = arg;
    struct fixture *f = worker->f;
    oat_tracer *tracer = NULL;
    for (unsigned i = 0; i < WRITER_SPANS; i++) {
        if (i % 100 == 0) {
            oat_tracer_close(tracer);
            if (oat_tracer_open(&f->w->config, &tracer) != OAT_OK)
                atomic_store(&f->failed, true);
        }
        put_span(f, tracer, worker->number * WRITER_SPANS + i);
        if (i % 20 == 0)
            oat_run_sleep_ms(1);
    }
    oat_tracer_close(tracer);
    atomic_fetch_sub(&f->writing, 1);
    return NULL;
}

/* Sums follow from the spans of the same snapshot, and no span goes away again. False, and why. */
static bool looks_right(struct fixture *f, oat_store *store, oat_snapshot **snapshot, char *why)
{
    unsigned ended = atomic_load(&f->ended);
    oat_store_figures figures;
    int result = oat_snapshot_refresh(store, snapshot);
    if (result != OAT_OK)
        return oat_run_differs(why, "oat_snapshot_refresh: %s", oat_result_text(result));
    result = oat_snapshot_figures(*snapshot, &figures); /* opens all files: they may go from here on */
    if (result == OAT_E_STALE)
        return true;
    if (result != OAT_OK)
        return oat_run_differs(why, "oat_snapshot_figures: %s", oat_result_text(result));
    if (figures.spans < ended || figures.spans > (uint64_t)WRITERS * WRITER_SPANS)
        return oat_run_differs(why, "%u spans, not %u", (unsigned)figures.spans, ended);
    return oat_run_totals_match(*snapshot, why);
}

/* One reader keeps its snapshot and refreshes it, the other one takes a new one each time. */
static void *read_spans(void *arg)
{
    const struct worker *worker = arg;
    struct fixture *f = worker->f;
    char why[OAT_RUN_WHY_SIZE] = "no store";
    oat_store *store = NULL;
    oat_snapshot *snapshot = NULL;
    while (!store && atomic_load(&f->writing) > 0)
        if (oat_store_open(f->w->dir, &store) != OAT_OK)
            store = NULL;
    while (store && atomic_load(&f->writing) > 0 && !atomic_load(&f->failed)) {
        if (!looks_right(f, store, &snapshot, why))
            atomic_store(&f->failed, true);
        if (worker->number % 2 == 0) {
            oat_snapshot_free(snapshot);
            snapshot = NULL;
        }
    }
    if (atomic_load(&f->failed))
        print_error("%s\n", why);
    oat_snapshot_free(snapshot);
    oat_store_close(store);
    return NULL;
}

static void *compact_spans(void *arg)
{
    struct fixture *f = ((const struct worker *)arg)->f;
    struct oat_compact_options options = oat_compact_plain();
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    options.threads = 2;
    while (atomic_load(&f->writing) > 0 && !atomic_load(&f->failed)) {
        options.full = !options.full;
        if (oat_compact_store(f->w->dir, &options, &summary, why) != OAT_OK) {
            print_error("%s\n", why);
            atomic_store(&f->failed, true);
        }
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*fn)(void *arg), struct worker *worker)
{
    assert_int_equal(pthread_create(thread, NULL, fn, worker), 0);
}

static void writers_readers_and_the_compactor_go_on_together(void **state)
{
    struct fixture f = {.w = *state, .writing = WRITERS};
    pthread_t threads[WRITERS + READERS + 1];
    struct worker workers[WRITERS + READERS + 1];
    for (unsigned i = 0; i < WRITERS + READERS + 1; i++)
        workers[i] = (struct worker){&f, i};
    for (unsigned i = 0; i < WRITERS; i++)
        start(&threads[i], write_spans, &workers[i]);
    for (unsigned i = WRITERS; i < WRITERS + READERS; i++)
        start(&threads[i], read_spans, &workers[i]);
    start(&threads[WRITERS + READERS], compact_spans, &workers[WRITERS + READERS]);
    for (unsigned i = 0; i < WRITERS + READERS + 1; i++)
        pthread_join(threads[i], NULL);
    assert_false(atomic_load(&f.failed));
    struct oat_run_view view = oat_run_look(f.w);
    assert_int_equal(view.count, WRITERS * WRITER_SPANS);
    oat_run_view_close(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(writers_readers_and_the_compactor_go_on_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
