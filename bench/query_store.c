/* A store that is asked questions: opens it, reads a line, answers with a line of JSON, and so on.
 *
 *   query_store --dir DIR
 *
 * Fields of a question are separated by tabs:
 *   query FROM_NS TO_NS FILTER BY,BY AGGREGATE,AGGREGATE   as oat_span_query; 0 0: at any time
 *   newest COUNT        ids of the newest traces with an error
 *   trace ID            ids of the spans of a trace, in tree order
 *   cold ID             the same with none of the store's bytes in the page cache, and a new snapshot
 *   open                opens the store anew and takes a snapshot
 * Answer: {"ns":1234,"cpu_ns":1230,"rows":[[...],...]}: the time for the answer, without writing it
 * out, by the clock and of the processor; one thread. */
#include "bench/support/arguments.h"
#include "bench/support/options.h"
#include "format/json_write.h"
#include "oat/reader.h"
#include "reader/faults.h"
#include "writer/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIST_MAX 16u

typedef struct server {
    const char *dir;
    oat_store *store;
    oat_snapshot *snapshot;
    struct oat_json rows; /* of the answer */
    uint64_t ns, cpu_ns;  /* when the question began; then, how long it took */
} server;

static void require(int result, const char *what)
{
    if (result == OAT_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, oat_result_text(result));
    exit(1);
}

static void close_store(server *s)
{
    oat_snapshot_free(s->snapshot);
    oat_store_close(s->store);
}

static void open_store(server *s)
{
    require(oat_store_open(s->dir, &s->store), s->dir);
    require(oat_snapshot_take(s->store, &s->snapshot), "snapshot");
}

static uint64_t cpu_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void start_clock(server *s)
{
    s->cpu_ns = cpu_clock_ns();
    s->ns = oat_clock_boot_ns();
}

static void stop_clock(server *s)
{
    s->ns = oat_clock_boot_ns() - s->ns;
    s->cpu_ns = cpu_clock_ns() - s->cpu_ns;
}

/* ---- Queries ---- */

static size_t split(char *list, oat_text ret[LIST_MAX])
{
    size_t count = 0;
    for (char *save, *at = strtok_r(list, ",", &save); at && count < LIST_MAX;
         at = strtok_r(NULL, ",", &save))
        ret[count++] = (oat_text){at, strlen(at)};
    return count;
}

static void write_value(struct oat_json *json, const oat_query_column *column, const oat_query_value *value)
{
    if (value->null)
        oat_json_null(json);
    else if (column->type == OAT_QUERY_TEXT)
        oat_json_string(json, value->text.bytes, value->text.len);
    else if (column->type == OAT_QUERY_NUMBER)
        oat_json_double(json, value->number);
    else
        oat_json_int(json, value->integer);
}

static void ask_query(server *s, char *field[])
{
    oat_text by[LIST_MAX], aggregates[LIST_MAX];
    oat_span_query query = {.from_ns = strtoull(field[0], NULL, 10),
                            .to_ns = strtoull(field[1], NULL, 10),
                            .group_by = by,
                            .group_by_count = split(field[3], by),
                            .aggregates = aggregates,
                            .aggregate_count = split(field[4], aggregates),
                            .threads = 1};
    oat_filter *filter;
    oat_query_result *result;
    start_clock(s);
    require(oat_filter_parse(field[2], strlen(field[2]), query.from_ns, &filter, NULL), field[2]);
    query.filter = filter;
    require(oat_query_run(s->snapshot, &query, &result, NULL), field[2]);
    stop_clock(s);
    for (size_t row = 0; row < result->row_count; row++) {
        oat_json_array_begin(&s->rows);
        for (size_t i = 0; i < result->column_count; i++)
            write_value(&s->rows, &result->columns[i], &result->values[row * result->column_count + i]);
        oat_json_array_end(&s->rows);
    }
    oat_query_result_free(result);
    oat_filter_free(filter);
}

/* ---- Traces ---- */

static void write_id(struct oat_json *json, const uint8_t *id, size_t len)
{
    oat_json_array_begin(json);
    oat_json_hex(json, id, len);
    oat_json_array_end(json);
}

static void ask_trace(server *s, char *field[])
{
    uint8_t trace_id[16];
    oat_trace *trace;
    size_t count;
    start_clock(s);
    require(oat_snapshot_find_trace(s->snapshot, field[0], strlen(field[0]), trace_id), field[0]);
    require(oat_trace_open(s->snapshot, trace_id, &trace), field[0]);
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    stop_clock(s);
    for (size_t i = 0; i < count; i++)
        write_id(&s->rows, spans[i].span_id, sizeof spans[i].span_id);
    oat_trace_close(trace);
}

/* What is mapped stays: the snapshot has to be closed. */
static int drop_cached(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)at;
    int fd = kind == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    return 0;
}

static void ask_cold(server *s, char *field[])
{
    close_store(s);
    nftw(s->dir, drop_cached, 16, FTW_PHYS);
    open_store(s);
    ask_trace(s, field);
}

static void ask_newest(server *s, char *field[])
{
    const oat_trace_query query = {.status = OAT_SHOWN_ERROR, .limit = strtoull(field[0], NULL, 10)};
    oat_trace_list *list;
    start_clock(s);
    require(oat_trace_list_open(s->snapshot, &query, &list), "list");
    stop_clock(s);
    for (size_t i = 0; i < oat_trace_list_count(list); i++)
        write_id(&s->rows, oat_trace_list_get(list, i)->trace_id, 16);
    oat_trace_list_close(list);
}

static void ask_open(server *s, char *field[])
{
    (void)field;
    close_store(s);
    start_clock(s);
    open_store(s);
    stop_clock(s);
}

/* ---- The conversation ---- */

static const struct {
    const char *name;
    unsigned fields;
    void (*ask)(server *s, char *field[]);
} questions[] = {
    {"query", 5, ask_query}, {"newest", 1, ask_newest}, {"trace", 1, ask_trace},
    {"cold", 1, ask_cold},   {"open", 0, ask_open},
};

static void answer(server *s)
{
    size_t len;
    char *rows = oat_json_take(&s->rows, &len);
    if (!rows)
        oat_bench_fail("memory");
    printf("{\"ns\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 ",\"rows\":%s}\n", s->ns, s->cpu_ns, rows);
    fflush(stdout);
    free(rows);
}

static bool ask(server *s, char *line)
{
    char *field[6];
    unsigned count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *next = line; next && count < 6; count++)
        field[count] = strsep(&next, "\t");
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (strcmp(field[0], questions[i].name) != 0 || count != questions[i].fields + 1)
            continue;
        oat_json_array_begin(&s->rows);
        questions[i].ask(s, field + 1);
        oat_json_array_end(&s->rows);
        answer(s);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    server s = {0};
    char *line = NULL;
    size_t room = 0;
    const oat_bench_argument arguments[] = {{"dir", "the store", &s.dir, NULL}};
    oat_bench_arguments(argc, argv, arguments, 1);
    oat_faults_catch();
    open_store(&s);
    while (getline(&line, &room, stdin) > 0) {
        if (!ask(&s, line)) {
            fprintf(stderr, "%s: not a question: %s\n", program_invocation_short_name, line);
            return 2;
        }
    }
    free(line);
    close_store(&s);
    return 0;
}
