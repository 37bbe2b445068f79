/* Configuration, the results of open and flush, figures and warnings. */
#include "format/identity.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const variables[] = {"OAT_DATA_DIR", "OAT_SERVICE_NAME", "OAT_ENVIRONMENT",
                                        "OAT_STORAGE_MAP"};

static void the_environment_comes_over_the_defaults(void **state)
{
    (void)state;
    oat_config config;
    char *kept[4];
    for (int i = 0; i < 4; i++) {
        const char *value = getenv(variables[i]);
        kept[i] = value ? strdup(value) : NULL;
        unsetenv(variables[i]);
    }
    oat_config_init(&config);
    assert_string_equal(config.data_dir, ".oat");
    assert_null(config.service);
    assert_null(config.environment);
    assert_true(config.map == OAT_MAP_AUTO);
    assert_int_equal(config.open_after_ms, 1000);
    assert_int_equal(config.flush_interval_ms, 1000);
    assert_int_equal(config.roll_slots, 262128);
    assert_int_equal(config.roll_blob_bytes, 256 << 20);
    assert_int_equal(config.roll_age_s, 3600);
    assert_false(config.allow_network_fs);

    static const char *const values[] = {"/somewhere", "my-agent", "staging", "never"};
    for (int i = 0; i < 4; i++)
        setenv(variables[i], values[i], 1);
    oat_config_init(&config);
    assert_string_equal(config.data_dir, "/somewhere");
    assert_string_equal(config.service, "my-agent");
    assert_string_equal(config.environment, "staging");
    assert_true(config.map == OAT_MAP_NEVER);
    setenv("OAT_STORAGE_MAP", "always", 1);
    oat_config_init(&config);
    assert_true(config.map == OAT_MAP_ALWAYS);
    setenv("OAT_STORAGE_MAP", "perhaps", 1);
    oat_config_init(&config);
    assert_true(config.map == OAT_MAP_AUTO);
    for (int i = 0; i < 4; i++) {
        unsetenv(variables[i]);
        if (kept[i])
            setenv(variables[i], kept[i], 1);
        free(kept[i]);
    }
}

static void service_and_environment_are_every_span_s_unless_it_says_otherwise(void **state)
{
    struct oat_run_writer *w = *state;
    char service[] = "billing";
    w->config.service = service;
    w->config.environment = "prod";
    oat_run_writer_reopen(w);
    memset(service, 'x', sizeof service - 1); /* texts were copied */
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "plain"));
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "own");
    oat_span_set_text(span, OAT_TEXT_SERVICE, "other", OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_ENVIRONMENT, NULL, 0);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    oat_run_assert_text(oat_run_span(&view, "plain")->text[OAT_TEXT_SERVICE], "billing", 7);
    oat_run_assert_text(oat_run_span(&view, "plain")->text[OAT_TEXT_ENVIRONMENT], "prod", 4);
    oat_run_assert_text(oat_run_span(&view, "own")->text[OAT_TEXT_SERVICE], "other", 5);
    assert_null(oat_run_span(&view, "own")->text[OAT_TEXT_ENVIRONMENT].bytes);
    oat_run_view_close(&view);
}

/* ---- Opening ---- */

static int open_at(const struct oat_run_writer *w, const char *name)
{
    char path[OAT_RUN_PATH_SIZE * 2];
    oat_config config = w->config;
    oat_tracer *tracer = NULL;
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    config.data_dir = path;
    int st = oat_tracer_open(&config, &tracer);
    assert_true((st == OAT_OK) == (tracer != NULL));
    oat_tracer_close(tracer);
    return st;
}

static void missing_directories_are_made(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(open_at(w, "a/b/c"), OAT_OK);
    assert_int_equal(open_at(w, "a/b/c/"), OAT_OK);
}

static void a_path_that_is_no_directory_is_an_error(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(open_at(w, "STORE"), OAT_E_IO);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(open_at(w, "STORE/below"), OAT_E_IO);
}

static void names_longer_than_a_field_are_refused(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config config = w->config;
    oat_tracer *tracer;
    char *service = malloc(5001);
    assert_non_null(service);
    memset(service, 's', 5000);
    service[5000] = '\0';
    config.service = service;
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_E_INVALID);
    config.service = NULL;
    config.data_dir = "";
    assert_int_equal(oat_tracer_open(&config, &tracer), OAT_E_INVALID);
    free(service);
}

static void change_store(const struct oat_run_writer *w, void (*change)(struct oat_disk_store *store))
{
    char path[OAT_RUN_PATH_SIZE * 2];
    struct oat_disk_store store;
    snprintf(path, sizeof path, "%s/STORE", w->dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &store, sizeof store, 0), sizeof store);
    change(&store);
    assert_int_equal(pwrite(fd, &store, sizeof store, 0), sizeof store);
    close(fd);
}

static void flip_a_bit(struct oat_disk_store *store)
{
    store->store_id[3] ^= 1;
}

static void make_it_newer(struct oat_disk_store *store)
{
    store->major = oat_le16_of(2);
    store->major_min = oat_le16_of(2);
    store->major_max = oat_le16_of(2);
    oat_store_file_seal(store);
}

static void a_damaged_store_is_refused(void **state)
{
    struct oat_run_writer *w = *state;
    change_store(w, flip_a_bit);
    assert_int_equal(open_at(w, "."), OAT_E_CORRUPT);
}

static void a_store_of_a_greater_version_is_refused(void **state)
{
    struct oat_run_writer *w = *state;
    change_store(w, make_it_newer);
    assert_int_equal(open_at(w, "."), OAT_E_UNSUPPORTED);
}

static void an_open_tracer_makes_no_files_before_the_first_append(void **state)
{
    struct oat_run_writer *w = *state;
    assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
    assert_int_equal(oat_run_hot_count(w->dir, ""), 0);
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "x"));
    assert_int_equal(oat_run_hot_count(w->dir, ""), 3);
}

/* ---- Figures ---- */

static void statistics_count_what_was_done(void **state)
{
    struct oat_run_writer *w = *state;
    static char text[8000];
    memset(text, 't', sizeof text);
    for (int i = 0; i < 10; i++) {
        oat_span *span = oat_span_start(w->tracer, OAT_LLM, "x");
        oat_span_set_input(span, text, sizeof text, "text/plain");
        oat_span_set_output(span, "out", 3, "text/plain");
        oat_span_add_event(span, &(oat_event){.name = "e", .name_len = 1});
        oat_span_end(span);
    }
    oat_stats stats = oat_run_stats(w);
    assert_int_equal(stats.spans, 10);
    assert_int_equal(stats.slots, 22); /* spans, events, two names */
    assert_int_equal(stats.payloads, 20);
    assert_int_equal(stats.payload_bytes, 10 * 8003);
    assert_true(stats.stored_bytes > 0 && stats.stored_bytes < 8000);
    assert_int_equal(stats.deduplicated_bytes, 9 * 8003);
    assert_int_equal(stats.pairs, 1);
    assert_int_equal(stats.last_errno, 0);
    assert_int_equal(stats.sync_failures, 0);
    assert_int_equal(oat_run_drops(w), 0);
}

static void figures_grow_over_rolls(void **state)
{
    struct oat_run_writer *w = *state;
    w->config.roll_slots = 64;
    oat_run_writer_reopen(w);
    uint64_t stored_bytes = 0;
    for (int i = 0; i < 500; i++) {
        char text[100];
        oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "x");
        snprintf(text, sizeof text, "payload number %d", i);
        oat_span_set_input(span, text, strlen(text), "text/plain");
        oat_span_end(span);
        oat_stats stats = oat_run_stats(w);
        assert_int_equal(stats.spans, i + 1);
        assert_true(stats.stored_bytes >= stored_bytes);
        stored_bytes = stats.stored_bytes;
    }
}

static void a_flush_makes_no_difference_to_what_is_read(void **state)
{
    struct oat_run_writer *w = *state;
    for (int i = 0; i < 50; i++) {
        oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "x"));
        assert_int_equal(oat_tracer_flush(w->tracer), OAT_OK);
        struct oat_run_view view = oat_run_look(w);
        assert_int_equal(view.count, i + 1);
        oat_run_view_close(&view);
    }
    assert_int_equal(oat_run_stats(w).sync_failures, 0);
    oat_run_assert_clean(w, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_comes_over_the_defaults),
        OAT_WRITER_TEST(service_and_environment_are_every_span_s_unless_it_says_otherwise),
        OAT_WRITER_TEST(missing_directories_are_made),
        OAT_WRITER_TEST(a_path_that_is_no_directory_is_an_error),
        OAT_WRITER_TEST(names_longer_than_a_field_are_refused),
        OAT_WRITER_TEST(a_damaged_store_is_refused),
        OAT_WRITER_TEST(a_store_of_a_greater_version_is_refused),
        OAT_WRITER_TEST(an_open_tracer_makes_no_files_before_the_first_append),
        OAT_WRITER_TEST(statistics_count_what_was_done),
        OAT_WRITER_TEST(figures_grow_over_rolls),
        OAT_WRITER_TEST(a_flush_makes_no_difference_to_what_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
