/* A store's own prices.yaml goes before the prices of the library. */
#include "pricing/price_model.h"
#include "pricing/prices.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"
#include "writer/tracer_prices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char warning[400];

static void keep_warning(void *arg, const char *message)
{
    (void)arg;
    snprintf(warning, sizeof warning, "%s", message);
}

static int open_dir(const struct oat_run_writer *w)
{
    int fd = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void write_prices(const struct oat_run_writer *w, const char *text)
{
    int dir = open_dir(w), fd = openat(dir, OAT_PRICES_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    close(dir);
}

/* Opens the prices of the store; fails the test when what is wrong with them does not begin so. */
static struct oat_price_table *opened(const struct oat_run_writer *w, const char *wrong)
{
    struct oat_price_table *table;
    char found[OAT_PRICES_WRONG_SIZE];
    int dir = open_dir(w);
    assert_int_equal(oat_prices_open(dir, &table, found), OAT_OK);
    close(dir);
    if (strncmp(found, wrong, strlen(wrong)) != 0 || (!*wrong && *found))
        fail_msg("\"%s\" does not begin with \"%s\"", found, wrong);
    return table;
}

/* The price of input; -1: none is known. */
static int64_t input_price(const struct oat_price_table *table, const char *model, const char *provider)
{
    struct oat_price_list list = oat_price_find(table, model, strlen(model), provider, strlen(provider));
    return list.table ? list.rows->rate[OAT_PRICE_INPUT] : -1;
}

static void a_model_in_the_file_has_its_prices_and_others_the_librarys(void **state)
{
    struct oat_run_writer *w = *state;
    write_prices(w, "version: 2026-11-01\nproviders:\n"
                    "  openai:\n    models:\n      gpt-4o: {input: 1.9, output: 7.6}\n"
                    "  my-cluster:\n    models:\n      llama: {input: 0.2}\n");
    struct oat_price_table *table = opened(w, "");
    assert_int_equal(input_price(table, "gpt-4o", "openai"), 1900000000);
    assert_int_equal(input_price(table, "gpt-4o-2024-08-06", ""), 1900000000);
    assert_int_equal(input_price(table, "gpt-4o-mini", "openai"), 150000000);
    assert_int_equal(input_price(table, "llama", "my-cluster"), 200000000);
    assert_int_equal(input_price(table, "llama", "openai"), -1);
    assert_int_equal(input_price(table, "gpt-4o", "nobody"), -1);
    oat_price_table_free(table);
}

static void without_a_file_the_librarys_prices_hold(void **state)
{
    struct oat_price_table *table = opened(*state, "");
    assert_int_equal(input_price(table, "gpt-4o", "openai"), 2500000000);
    oat_price_table_free(table);
}

static void a_file_that_is_wrong_is_told_by_line_and_column_and_changes_nothing(void **state)
{
    struct oat_run_writer *w = *state;
    write_prices(w, "version: 2026-11-01\nproviders:\n"
                    "  openai:\n    models:\n      gpt-4o: {input: cheap}\n");
    struct oat_price_table *table = opened(w, "prices.yaml:5:");
    assert_int_equal(input_price(table, "gpt-4o", "openai"), 2500000000);
    oat_price_table_free(table);
}

static void what_is_no_file_is_not_read(void **state)
{
    struct oat_run_writer *w = *state;
    int dir = open_dir(w);
    assert_int_equal(mkfifoat(dir, OAT_PRICES_NAME, 0600), 0);
    oat_price_table_free(opened(w, "prices.yaml: not a file"));
    assert_int_equal(unlinkat(dir, OAT_PRICES_NAME, 0), 0);
    assert_int_equal(symlinkat("/dev/zero", dir, OAT_PRICES_NAME), 0);
    oat_price_table_free(opened(w, "prices.yaml: "));
    close(dir);
}

static oat_span_view ended(struct oat_run_writer *w, const char *name)
{
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, name);
    oat_span_set_text(span, OAT_TEXT_MODEL, "gpt-4o", OAT_NUL);
    oat_span_set_count(span, OAT_COUNT_INPUT, 1000);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    oat_span_view seen = *oat_run_span(&view, name);
    oat_run_view_close(&view);
    return seen;
}

static void a_tracer_prices_by_the_file_of_its_store(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(ended(w, "before").cost_total_nano, 2500000);
    write_prices(w, "version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n");
    oat_run_writer_reopen(w);
    assert_int_equal(ended(w, "after").cost_total_nano, 1900000);
}

static void a_tracer_warns_of_a_wrong_file_and_prices_as_before(void **state)
{
    struct oat_run_writer *w = *state;
    write_prices(w, "prices: none\n");
    w->config.warn = keep_warning;
    oat_run_writer_reopen(w);
    assert_non_null(strstr(warning, "/prices.yaml:1:1: "));
    assert_int_equal(ended(w, "call").cost_total_nano, 2500000);
}

static void a_tracer_that_reads_the_file_again_prices_what_ends_from_then_on(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(ended(w, "before").cost_total_nano, 2500000);
    write_prices(w, "version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n");
    assert_int_equal(ended(w, "not read yet").cost_total_nano, 2500000);
    assert_int_equal(oat_tracer_reload_prices(w->tracer), OAT_OK);
    assert_int_equal(ended(w, "read").cost_total_nano, 1900000);
}

static void a_wrong_file_that_is_read_again_leaves_the_prices_from_before(void **state)
{
    struct oat_run_writer *w = *state;
    write_prices(w, "version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n");
    w->config.warn = keep_warning;
    oat_run_writer_reopen(w);
    write_prices(w, "prices: none\n");
    assert_int_equal(oat_tracer_reload_prices(w->tracer), OAT_E_INVALID);
    assert_non_null(strstr(warning, "/prices.yaml:1:1: "));
    assert_int_equal(ended(w, "call").cost_total_nano, 1900000);
}

/* Shared prices stay for as long as the process: it has to be the last test. */
static void shared_prices_stand_between_the_stores_and_the_librarys(void **state)
{
    struct oat_run_writer *w = *state;
    char wrong[OAT_PRICES_WRONG_SIZE];
    int dir = open_dir(w);
    write_prices(
        w, "version: 2026-11-01\nproviders: {openai: {models: {gpt-4o: {input: 1.7}, o3: {input: 9}}}}\n");
    assert_int_equal(oat_prices_share(dir, wrong), OAT_OK);
    assert_string_equal(wrong, "");
    write_prices(w, "version: 2026-11-02\nproviders: {openai: {models: {gpt-4o: {input: 1.9}}}}\n");
    struct oat_price_table *table = opened(w, "");
    assert_int_equal(input_price(table, "gpt-4o", "openai"), 1900000000);
    assert_int_equal(input_price(table, "o3", "openai"), 9000000000);
    assert_int_equal(input_price(table, "gpt-4o-mini", "openai"),
                     input_price(&oat_price_table_own, "gpt-4o-mini", "openai"));
    oat_price_table_free(table);

    write_prices(w, "prices: none\n");
    assert_int_equal(oat_prices_share(dir, wrong), OAT_OK);
    assert_memory_equal(wrong, "prices.yaml:1:1: ", 17);
    table = opened(w, "prices.yaml:1:1: ");
    assert_int_equal(input_price(table, "o3", "openai"), 9000000000);
    oat_price_table_free(table);

    assert_int_equal(unlinkat(dir, OAT_PRICES_NAME, 0), 0);
    assert_int_equal(oat_prices_share(dir, wrong), OAT_OK);
    table = opened(w, "");
    assert_int_equal(input_price(table, "o3", "openai"), input_price(&oat_price_table_own, "o3", "openai"));
    oat_price_table_free(table);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_WRITER_TEST(a_model_in_the_file_has_its_prices_and_others_the_librarys),
        OAT_WRITER_TEST(without_a_file_the_librarys_prices_hold),
        OAT_WRITER_TEST(a_file_that_is_wrong_is_told_by_line_and_column_and_changes_nothing),
        OAT_WRITER_TEST(what_is_no_file_is_not_read),
        OAT_WRITER_TEST(a_tracer_prices_by_the_file_of_its_store),
        OAT_WRITER_TEST(a_tracer_warns_of_a_wrong_file_and_prices_as_before),
        OAT_WRITER_TEST(a_tracer_that_reads_the_file_again_prices_what_ends_from_then_on),
        OAT_WRITER_TEST(a_wrong_file_that_is_read_again_leaves_the_prices_from_before),
        OAT_WRITER_TEST(shared_prices_stand_between_the_stores_and_the_librarys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
