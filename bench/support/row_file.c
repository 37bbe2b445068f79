#include "bench/support/row_file.h"

#include "bench/support/options.h"
#include "format/names.h"

/* Columns in the order of a part's, but for texts, which follow. kind: what a number stands for. */
static const struct {
    const char *name;
    size_t offset;
    const char *number; /* as numpy names it */
    const char *kind;
} columns[] = {
    {"trace_id", offsetof(oat_bench_row, trace_id), "V16", "uuid"},
    {"span_id", offsetof(oat_bench_row, span_id), "<u8", "id"},
    {"parent_span_id", offsetof(oat_bench_row, parent_id), "<u8", "id"},
    {"start_ns", offsetof(oat_bench_row, start_ns), "<i8", "number"},
    {"duration_ns", offsetof(oat_bench_row, duration_ns), "<i8", "number"},
    {"prompt_version", offsetof(oat_bench_row, prompt_version), "<u4", "number"},
    {"prompt_tokens", offsetof(oat_bench_row, tokens[OAT_COUNT_INPUT]), "<u4", "number"},
    {"completion_tokens", offsetof(oat_bench_row, tokens[OAT_COUNT_OUTPUT]), "<u4", "number"},
    {"cached_tokens", offsetof(oat_bench_row, tokens[OAT_COUNT_CACHED]), "<u4", "number"},
    {"ttft_us", offsetof(oat_bench_row, ttft_us), "<u4", "number"},
    {"total_cost", offsetof(oat_bench_row, cost_total), "<i8", "number"},
    {"input_cost", offsetof(oat_bench_row, cost_input), "<i8", "number"},
    {"output_cost", offsetof(oat_bench_row, cost_output), "<i8", "number"},
    {"response_id", offsetof(oat_bench_row, response_id), "<u8", "id"},
    {OAT_BENCH_EXIT_CODE, offsetof(oat_bench_row, exit_code), "<u4", "number"},
};

static void begin_column(FILE *out, const char *name, size_t offset, const char *number, const char *kind)
{
    fprintf(out, ",\n {\"name\":\"%s\",\"offset\":%zu,\"number\":\"%s\",\"kind\":\"%s\"", name, offset,
            number, kind);
}

static void text_column(FILE *out, const char *name, size_t offset)
{
    begin_column(out, name, offset, "<u4", "text");
    fprintf(out, "}");
}

/* A byte that is 1, 2 .. for the values in this order. */
static void enum_column(FILE *out, const char *name, size_t offset, const char *(*name_of)(unsigned))
{
    begin_column(out, name, offset, "u1", "enum");
    for (unsigned i = 1; name_of(i); i++)
        fprintf(out, "%s\"%s\"", i == 1 ? ",\"values\":[" : ",", name_of(i));
    fprintf(out, "]}");
}

static const char *status_name(unsigned status)
{
    static const char *const names[] = {
        [OAT_STATUS_OPEN] = "open", [OAT_STATUS_SUCCESS] = "success", [OAT_STATUS_ERROR] = "error"};
    return status < sizeof names / sizeof *names ? names[status] : NULL;
}

static FILE *open_in(const char *dir, const char *name)
{
    char path[OAT_BENCH_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        oat_bench_fail(path);
    return file;
}

static void close_file(FILE *file, const char *name)
{
    if (ferror(file) || fclose(file) != 0)
        oat_bench_fail(name);
}

static void write_layout(const char *dir)
{
    FILE *out = open_in(dir, "rows.json");
    fprintf(out, "[{\"record_size\":%zu}", sizeof(oat_bench_row));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        begin_column(out, columns[i].name, columns[i].offset, columns[i].number, columns[i].kind);
        fprintf(out, "}");
    }
    enum_column(out, "span_type", offsetof(oat_bench_row, type), oat_span_type_name);
    enum_column(out, "status", offsetof(oat_bench_row, status), status_name);
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        text_column(out, oat_text_field_name(i), offsetof(oat_bench_row, text) + i * sizeof(uint32_t));
    for (unsigned i = 0; i < OAT_BENCH_TEXT_ATTRS; i++)
        text_column(out, oat_bench_attr_names[i], offsetof(oat_bench_row, attr) + i * sizeof(uint32_t));
    fprintf(out, "]\n");
    close_file(out, "rows.json");
}

FILE *oat_bench_row_file_open(const char *dir)
{
    oat_bench_make_dir(dir);
    write_layout(dir);
    return open_in(dir, "rows.bin");
}

void oat_bench_row_file_add(FILE *file, const oat_bench_row *rows, size_t count)
{
    if (fwrite(rows, sizeof *rows, count, file) != count)
        oat_bench_fail("rows.bin");
}

void oat_bench_row_file_close(FILE *file, const char *dir, const oat_bench_texts *texts)
{
    close_file(file, "rows.bin");
    FILE *out = open_in(dir, "texts.txt");
    for (uint32_t i = 1; i <= texts->count; i++)
        fprintf(out, "%s\n", oat_bench_text(texts, i));
    close_file(out, "texts.txt");
}
