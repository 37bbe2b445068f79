/* Files that are cut while they are mapped: an error that names them, and the process goes on. */
#include "tests/support/compact.h"
#include "tests/support/compact_store.h"
#include "tests/support/run_dir.h"
#include "tests/support/run_random.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include "compactor/parallel.h"
#include "format/hash.h"
#include "reader/faults.h"
#include "reader/snapshot.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACES       40u
#define SPANS        40u /* of each */
#define PAYLOAD_SIZE 120u
#define THREADS      4

static off_t page_size(void)
{
    return (off_t)sysconf(_SC_PAGESIZE);
}

/* ---- A store with one part ---- */

struct cut_file {
    char path[300];
    const char *name; /* below the store */
    uint8_t *bytes;   /* as they were */
    off_t len;
};

struct cutting {
    struct oat_maker maker;
    struct cut_file part, pack;
    oat_store *store;
    oat_snapshot *snapshot;
};

static void draw(uint64_t *seed, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)oat_run_next(seed);
}

static void write_spans(struct oat_maker *maker)
{
    struct oat_maker_pair pair;
    uint64_t seed = 1;
    uint8_t payload[PAYLOAD_SIZE];
    oat_maker_pair_begin(&pair, maker, 1, 0);
    for (uint32_t i = 0; i < TRACES * SPANS; i++) {
        struct oat_disk_span span = oat_maker_span(&pair, i / SPANS + 1, i + 1, 0, "step", i, i + 1 + i % 7);
        draw(&seed, payload, sizeof payload);
        draw(&seed, span.span_id, sizeof span.span_id);
        span.input = oat_maker_blob(&pair, payload, sizeof payload, 0);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
}

static void load(struct cutting *c, const char *name, struct cut_file *ret)
{
    struct stat st;
    ret->name = name;
    snprintf(ret->path, sizeof ret->path, "%s/%s", c->maker.dir, name);
    int fd = open(ret->path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 2 * page_size());
    ret->len = st.st_size;
    ret->bytes = malloc((size_t)ret->len);
    assert_int_equal(pread(fd, ret->bytes, (size_t)ret->len, 0), ret->len);
    close(fd);
}

static void restore(const struct cut_file *file)
{
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, file->bytes, (size_t)file->len, 0), file->len);
    close(fd);
}

static int set_up(void **state)
{
    struct oat_compact compact = {0};
    struct cutting *c = calloc(1, sizeof *c);
    oat_maker_open(&c->maker);
    write_spans(&c->maker);
    oat_compact(&compact, c->maker.dir);
    load(c, "days/2026-11-22/0000000000000001.part", &c->part);
    load(c, "days/2026-11-22/0000000000000001.pack", &c->pack);
    assert_int_equal(oat_store_open(c->maker.dir, &c->store), OAT_OK);
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    struct cutting *c = *state;
    oat_snapshot_free(c->snapshot);
    oat_store_close(c->store);
    oat_maker_remove(&c->maker);
    free(c->part.bytes);
    free(c->pack.bytes);
    free(c);
    return 0;
}

/* ---- Reading all of it ---- */

static void add(uint64_t *sum, const void *bytes, size_t len)
{
    *sum = oat_hash64(bytes, len, *sum);
}

static void read_trace(const oat_snapshot *snapshot, uint32_t number, uint64_t *sum)
{
    uint8_t id[16], *bytes;
    oat_trace *trace;
    size_t count, len;
    oat_maker_trace_id(id, number);
    int result = oat_trace_open(snapshot, id, &trace);
    add(sum, &result, sizeof result);
    if (result != OAT_OK)
        return;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    for (size_t i = 0; i < count; i++) {
        add(sum, spans[i].span_id, sizeof spans[i].span_id);
        add(sum, &spans[i].end_ns, sizeof spans[i].end_ns);
        add(sum, spans[i].text[OAT_TEXT_NAME].bytes, spans[i].text[OAT_TEXT_NAME].len);
        if (oat_payload_read(snapshot, &spans[i].input, &bytes, &len) != OAT_OK)
            continue;
        add(sum, bytes, len);
        free(bytes);
    }
    oat_trace_close(trace);
}

static void run_query(const oat_snapshot *snapshot, uint64_t *sum)
{
    const oat_text by = {"name", 4}, p95 = {"p95:duration_ms", 15};
    const oat_span_query query = {
        .group_by = &by, .group_by_count = 1, .aggregates = &p95, .aggregate_count = 1};
    oat_query_result *result;
    if (oat_query_run(snapshot, &query, &result, NULL) != OAT_OK)
        return;
    add(sum, &result->span_count, sizeof result->span_count);
    for (size_t i = 0; i < result->row_count; i++)
        add(sum, &result->values[2 * i + 1].number, sizeof(double));
    oat_query_result_free(result);
}

static void run_search(const oat_snapshot *snapshot, uint64_t *sum)
{
    const oat_search_query query = {.text = {"ab", 2}, .limit = 10};
    oat_search *search;
    if (oat_search_open(snapshot, &query, &search) != OAT_OK)
        return;
    uint64_t spans = oat_search_span_count(search);
    add(sum, &spans, sizeof spans);
    oat_search_close(search);
}

static uint64_t read_all(const oat_snapshot *snapshot)
{
    uint64_t sum = 0;
    for (uint32_t trace = 1; trace <= TRACES; trace++)
        read_trace(snapshot, trace, &sum);
    run_query(snapshot, &sum);
    run_search(snapshot, &sum);
    return sum;
}

/* ---- Snapshots of files that are cut ---- */

static void take(struct cutting *c)
{
    oat_faults_catch(); /* cmocka has put a handler of its own before each test */
    oat_snapshot_free(c->snapshot);
    c->snapshot = NULL;
    assert_int_equal(oat_snapshot_take(c->store, &c->snapshot), OAT_OK);
}

/* What is read of a snapshot is right, or an error names the file and a place that is not there. */
static void check_cut(struct cutting *c, const struct cut_file *file, off_t len, uint64_t right)
{
    oat_problem problem;
    assert_int_equal(truncate(file->path, len), 0);
    uint64_t sum = read_all(c->snapshot);
    if (!oat_snapshot_has_fault(c->snapshot, &problem)) {
        assert_int_equal(sum, right);
        return;
    }
    assert_int_equal(problem.kind, OAT_PROBLEM_IO);
    assert_string_equal(problem.path, file->name);
    assert_true(problem.offset >= (uint64_t)len && problem.offset < (uint64_t)file->len);
    assert_int_equal(oat_snapshot_refresh(c->store, &c->snapshot), OAT_OK);
    assert_false(oat_snapshot_has_fault(c->snapshot, NULL));
}

/* read_before: all of it was read and found good before it is cut. */
static void cut_everywhere(struct cutting *c, const struct cut_file *file, bool read_before)
{
    uint64_t count = oat_faults_count(), right;
    take(c);
    right = read_all(c->snapshot);
    off_t step = page_size() * (off_t)OAT_SWEEP_STEP;
    for (off_t len = (file->len - 1) / page_size() * page_size(); len >= 0; len -= step) {
        take(c);
        if (read_before)
            read_all(c->snapshot);
        else
            read_trace(c->snapshot, 1, &(uint64_t){0});
        check_cut(c, file, len, right);
        restore(file);
    }
    assert_true(oat_faults_count() > count);
    take(c);
    assert_int_equal(read_all(c->snapshot), right);
}

static void a_part_that_is_cut_anywhere_is_an_error(void **state)
{
    struct cutting *c = *state;
    cut_everywhere(c, &c->part, false);
    cut_everywhere(c, &c->part, true);
}

static void a_pack_that_is_cut_anywhere_is_an_error(void **state)
{
    struct cutting *c = *state;
    cut_everywhere(c, &c->pack, false);
    cut_everywhere(c, &c->pack, true);
}

static void what_is_left_is_read_by_the_next_snapshot(void **state)
{
    struct cutting *c = *state;
    uint8_t id[16];
    oat_trace *trace;
    oat_maker_trace_id(id, 1);
    take(c);
    read_all(c->snapshot);
    assert_int_equal(truncate(c->part.path, page_size()), 0);
    read_all(c->snapshot);
    assert_true(oat_snapshot_has_fault(c->snapshot, NULL));
    assert_int_equal(oat_snapshot_refresh(c->store, &c->snapshot), OAT_OK);
    assert_int_equal(oat_trace_open(c->snapshot, id, &trace), OAT_NOTFOUND);
    assert_int_equal(oat_snapshot_problem_count(c->snapshot), 1);
    assert_string_equal(oat_snapshot_problem(c->snapshot, 0)->path, c->part.name);
}

static void *read_in_thread(void *arg)
{
    const oat_snapshot *snapshot = arg;
    while (!oat_snapshot_has_fault(snapshot, NULL))
        read_all(snapshot);
    return NULL;
}

static void threads_outlive_a_file_that_is_cut(void **state)
{
    struct cutting *c = *state;
    pthread_t threads[THREADS];
    take(c);
    read_all(c->snapshot); /* so that both files are mapped */
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, c->snapshot), 0);
    assert_int_equal(truncate(c->part.path, page_size()), 0);
    assert_int_equal(truncate(c->pack.path, page_size()), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- A mapping alone ---- */

/* A page of a file that is not there any more. */
static volatile uint8_t *map_nothing(void)
{
    int fd = memfd_create("cut", MFD_CLOEXEC);
    assert_true(fd >= 0 && ftruncate(fd, page_size()) == 0);
    uint8_t *page = mmap(NULL, (size_t)page_size(), PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(page, MAP_FAILED);
    assert_int_equal(ftruncate(fd, 0), 0);
    close(fd);
    return page;
}

static void a_mapping_that_had_a_fault_keeps_its_name(void **state)
{
    (void)state;
    oat_problem problem;
    oat_faults_catch();
    volatile uint8_t *page = map_nothing();
    struct oat_watched *watched =
        oat_faults_watch((const void *)(uintptr_t)page, (uint64_t)page_size(), "days/some.part");
    uint64_t count = oat_faults_count();
    assert_int_equal(page[5], 0);
    assert_int_equal(page[6], 0);
    assert_int_equal(oat_faults_count(), count + 1);
    oat_faults_unwatch(watched);
    munmap((void *)(uintptr_t)page, (size_t)page_size());
    oat_faults_unwatch(oat_faults_watch(&problem, 1, "another"));
    assert_true(oat_faults_newest(&problem));
    assert_string_equal(problem.path, "days/some.part");
    assert_int_equal(problem.offset, 0);
}

/* ---- Compaction ---- */

static void read_nothing(const char *name)
{
    volatile uint8_t *page = map_nothing();
    struct oat_watched *watched = oat_faults_watch((void *)(uintptr_t)page, 1, name);
    assert_int_equal(*page, 0);
    oat_faults_unwatch(watched);
    munmap((void *)(uintptr_t)page, (size_t)page_size());
}

static void *read_nothing_in_thread(void *arg)
{
    read_nothing(arg);
    return arg;
}

static void threads_without_signals_outlive_a_fault(void **state)
{
    (void)state;
    char name[] = "days/of-a-thread.part";
    pthread_t thread;
    void *result = NULL;
    oat_problem problem;
    oat_faults_catch();
    assert_int_equal(oat_thread_start(&thread, read_nothing_in_thread, name), 0);
    pthread_join(thread, &result);
    assert_ptr_equal(result, name);
    assert_true(oat_faults_newest(&problem));
    assert_string_equal(problem.path, name);
}

/* Is called when all has been read, and nothing is published. */
static void fail_a_read(void *arg, const char *step, uint64_t done, uint64_t total)
{
    (void)step;
    (void)done;
    (void)total;
    const struct cutting *c = arg;
    read_nothing(c->part.name);
}

static void nothing_is_published_of_what_could_not_be_read(void **state)
{
    struct cutting *c = *state;
    struct oat_compact_summary summary;
    char why[OAT_COMPACT_WHY_SIZE];
    struct oat_compact_options options = oat_compact_plain();
    oat_faults_catch();
    write_spans(&c->maker);
    options.progress = fail_a_read;
    options.arg = c;
    assert_int_equal(oat_compact_store(c->maker.dir, &options, &summary, why), OAT_E_IO);
    assert_non_null(strstr(why, c->part.name));
    assert_non_null(strstr(why, "cut"));
    assert_int_equal(oat_run_hot_count(c->maker.dir, ".spans"), 1);
    options.progress = NULL;
    assert_int_equal(oat_compact_store(c->maker.dir, &options, &summary, why), OAT_OK);
    assert_int_equal(oat_run_hot_count(c->maker.dir, ".spans"), 0);
}

/* ---- Other handlers ---- */

static void exit_with_42(int number)
{
    (void)number;
    _exit(42);
}

/* The wait status of a child that catches faults over another handler, then reads the page or is sent the
 * signal. */
static int die(void (*handler)(int), bool send)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGBUS, handler);
        oat_faults_catch();
        if (send)
            raise(SIGBUS);
        else
            (void)*map_nothing();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_fault_elsewhere_goes_to_the_handler_before(void **state)
{
    (void)state;
    int status = die(exit_with_42, false);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    status = die(SIG_DFL, false);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

static void a_signal_that_was_sent_goes_to_the_handler_before(void **state)
{
    (void)state;
    int status = die(exit_with_42, true);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    status = die(SIG_DFL, true);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    status = die(SIG_IGN, true);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define CUTTING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CUTTING_TEST(a_part_that_is_cut_anywhere_is_an_error),
        CUTTING_TEST(a_pack_that_is_cut_anywhere_is_an_error),
        CUTTING_TEST(what_is_left_is_read_by_the_next_snapshot),
        CUTTING_TEST(threads_outlive_a_file_that_is_cut),
        CUTTING_TEST(nothing_is_published_of_what_could_not_be_read),
        cmocka_unit_test(threads_without_signals_outlive_a_fault),
        cmocka_unit_test(a_fault_elsewhere_goes_to_the_handler_before),
        cmocka_unit_test(a_signal_that_was_sent_goes_to_the_handler_before),
        cmocka_unit_test(a_mapping_that_had_a_fault_keeps_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
