/* The record of a span into SQLite, beside the writer. */
#include "bench/support/span_load.h"
#include "bench/support/table.h"
#include "bench/support/threads.h"
#include "format/random.h"
#include "writer/clock.h"

#include <sqlite3.h>
#include <stdio.h>

#define SLICES 20u /* each long enough for several of SQLite's checkpoints */

enum {
    SPAN,
    AUTOCOMMIT,
    BATCH,
    CASES,
};

/* The columns of a span record; most spans leave most of them NULL. */
static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "CREATE TABLE spans(trace_id BLOB, span_id BLOB, parent_id BLOB, start_ns INTEGER, duration_ns INTEGER,"
    " type INTEGER, status INTEGER, flags INTEGER, name TEXT, service TEXT, environment TEXT, model TEXT,"
    " provider TEXT, agent TEXT, session TEXT, user TEXT, input_tokens INTEGER, output_tokens INTEGER,"
    " cost_nano INTEGER, input BLOB, output BLOB);"
    "CREATE INDEX by_trace ON spans(trace_id); CREATE INDEX by_start ON spans(start_ns);";

static const char insert_sql[] = "INSERT INTO spans(trace_id, span_id, parent_id, start_ns, duration_ns, "
                                 "type, status, flags, name, service)"
                                 " VALUES(?,?,?,?,?,?,?,?,?,?)";

typedef struct insert_load {
    const oat_bench_options *options;
    unsigned spans;
    unsigned batch;       /* rows a transaction */
    unsigned trace_spans; /* rows that share a trace id */
    sqlite3 *db;          /* of the repetition under way */
    sqlite3_stmt *insert;
} insert_load;

static void execute(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "%s\n", message);
        oat_bench_fail("sqlite3_exec");
    }
}

static void insert_one(const insert_load *load, oat_random *random, const uint64_t trace[2], uint64_t root,
                       unsigned i)
{
    static const char *const names[4] = {"plan", "chat gpt-4o-mini", "search files", "summarise"};
    sqlite3_stmt *insert = load->insert;
    uint64_t start_ns = oat_clock_boot_ns();
    uint64_t id = oat_random_id(random);
    uint64_t duration_ns = oat_clock_boot_ns() - start_ns;
    sqlite3_bind_blob(insert, 1, trace, 16, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 2, &id, 8, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 3, &root, 8, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 4, (sqlite3_int64)start_ns);
    sqlite3_bind_int64(insert, 5, (sqlite3_int64)duration_ns);
    sqlite3_bind_int(insert, 6, OAT_LLM);
    sqlite3_bind_int(insert, 7, OAT_STATUS_SUCCESS);
    sqlite3_bind_int(insert, 8, 1);
    sqlite3_bind_text(insert, 9, names[i % 4], -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 10, "bench", -1, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE)
        oat_bench_fail(sqlite3_errmsg(load->db));
    sqlite3_reset(insert);
}

static void insert_all(void *arg, unsigned thread_no, unsigned slice_no)
{
    const insert_load *load = arg;
    oat_random random;
    uint64_t trace[2] = {0}, root = 0;
    (void)thread_no, (void)slice_no;
    oat_random_seed(&random);
    for (unsigned i = 0; i < load->spans / SLICES; i++) {
        if (i % load->trace_spans == 0) {
            trace[0] = oat_random_next(&random);
            trace[1] = oat_random_id(&random);
            root = oat_random_id(&random);
        }
        if (load->batch > 1 && i % load->batch == 0)
            execute(load->db, "BEGIN");
        insert_one(load, &random, trace, root, i);
        if (load->batch > 1 && (i + 1) % load->batch == 0)
            execute(load->db, "COMMIT");
    }
}

/* A case of oat_bench_run: metric 0 is nanoseconds a span. */
static void insert_run(void *arg, double ret[OAT_BENCH_METRICS])
{
    static const oat_bench_work inserts = {.slice = insert_all};
    insert_load load = *(const insert_load *)arg;
    char dir[OAT_BENCH_PATH_SIZE], path[OAT_BENCH_PATH_SIZE];
    oat_bench_path(load.options, "sqlite", dir);
    oat_bench_path(load.options, "sqlite/spans.db", path);
    oat_bench_make_dir(dir);
    if (sqlite3_open(path, &load.db) != SQLITE_OK)
        oat_bench_fail(path);
    execute(load.db, schema);
    if (sqlite3_prepare_v2(load.db, insert_sql, -1, &load.insert, NULL) != SQLITE_OK)
        oat_bench_fail(sqlite3_errmsg(load.db));
    ret[0] = oat_bench_on_threads(&inserts, &load, 1, SLICES) / (load.spans / SLICES);
    sqlite3_finalize(load.insert);
    sqlite3_close(load.db);
    oat_bench_remove(dir);
}

int main(int argc, char **argv)
{
    static oat_bench_rounds rounds;
    oat_bench_options options;
    oat_bench_begin(argc, argv, &options);
    unsigned spans = options.quick ? 2000 : 20000;
    oat_bench_load writer = {.options = &options,
                             .map = OAT_MAP_ALWAYS,
                             .warm = true,
                             .threads = 1,
                             .spans = 240000,
                             .slices = 3 * SLICES};
    insert_load autocommit = {.options = &options, .spans = spans, .batch = 1, .trace_spans = 50};
    insert_load batch = {.options = &options, .spans = 5 * spans, .batch = 100, .trace_spans = 50};
    const oat_bench_case cases[CASES] = {
        [SPAN] = {oat_bench_load_run, &writer},
        [AUTOCOMMIT] = {insert_run, &autocommit},
        [BATCH] = {insert_run, &batch},
    };
    oat_bench_run(cases, CASES, options.quick ? 3 : 7, &rounds);

    static const char *const names[CASES] = {"span, mapped", "SQLite, each span its own transaction",
                                             "SQLite, transactions of 100 spans"};
    static const double targets[CASES] = {0, 150, 30};
    oat_bench_head(&options, "sqlite: the same record into a table with two indexes, WAL, synchronous=NORMAL",
                   &rounds);
    for (size_t i = 0; i < CASES; i++)
        oat_bench_print(&options, &(oat_bench_row){.name = names[i],
                                                   .value = oat_bench_median(&rounds, i, 0),
                                                   .unit = "ns",
                                                   .versus = i == SPAN ? NULL : "span, mapped",
                                                   .ratio = oat_bench_ratio(&rounds, i, SPAN, 0),
                                                   .goal = i == SPAN ? OAT_BENCH_NO_GOAL : OAT_BENCH_AT_LEAST,
                                                   .target = targets[i]});
    oat_bench_note(
        &options,
        "What has returned survives kill -9 in the first two, up to 100 spans do not in the third.\n"
        "Power loss: none of them promises its newest spans; the writer syncs every second.");
    oat_bench_done(&options);
    return 0;
}
