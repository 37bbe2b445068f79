/* tracer.yaml and the environment: what is taken, what is told, what a tracer does with it. */
#include "format/hash.h"
#include "format/ids.h"
#include "format/limits.h"
#include "tests/support/run_writer.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const variables[] = {
    "OAT_CONFIG",
    "OAT_DATA_DIR",
    "OAT_SERVICE_NAME",
    "OAT_SERVICE_VERSION",
    "OAT_ENVIRONMENT",
    "OAT_STORAGE_MAP",
    "OAT_EXPORT_URL",
    "OAT_EXPORT_ENABLED",
    "OAT_EXPORT_BATCH_SIZE",
    "OAT_EXPORT_KEEP_LOCAL",
    "OAT_TOKEN",
    "OAT_SAMPLING_RATE",
    "OAT_CAPTURE_INPUT",
    "OAT_CAPTURE_OUTPUT",
    "OAT_CAPTURE_MAX_BYTES",
    "OAT_STRICT",
};

static int set_up(void **state)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return oat_run_writer_set_up(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, oat_run_writer_tear_down)

static const char *put_file(const struct oat_run_writer *w, const char *name, const char *text)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* What is wrong with a text, without the path before it. */
static const char *wrong_with(const struct oat_run_writer *w, const char *text)
{
    static char wrong[OAT_CONFIG_WRONG_SIZE];
    oat_config config;
    const char *path = put_file(w, "tracer.yaml", text);
    assert_int_equal(oat_config_load(&config, path, wrong), OAT_OK);
    oat_config_free(&config);
    return strncmp(wrong, path, strlen(path)) == 0 ? wrong + strlen(path) + 1 : wrong;
}

static const char whole[] = "service:\n"
                            "  name: \"my-ai-agent\"\n"
                            "  version: \"1.0.0\"\n"
                            "  environment: \"production\"  # dev, staging, production\n"
                            "export:\n"
                            "  local:\n"
                            "    data_dir: \".oat\"\n"
                            "  remote:\n"
                            "    enabled: true\n"
                            "    url: \"http://localhost:8787\"\n"
                            "    token: oat_x\n"
                            "    flush_interval: 2.5\n"
                            "    batch_size: 50\n"
                            "    keep_local: false\n"
                            "storage: {map: never, flush_interval: 0, allow_network_fs: yes}\n"
                            "instrumentation:\n"
                            "  enabled: true\n"
                            "  targets:\n"
                            "    - module: \"openai.chat.completions\"\n"
                            "      function: \"create\"\n"
                            "      span_type: \"llm\"\n"
                            "    - {module: mine, function: work}\n"
                            "sampling:\n"
                            "  rate: 0.25\n"
                            "  error_sampling: 0.5\n"
                            "  slow_trace_threshold_ms: 7000\n"
                            "  held_bytes: 1000000\n"
                            "pricing:\n"
                            "  gpt-4o-mini:\n"
                            "    prompt_tokens_per_1k: 0.00015\n"
                            "    completion_tokens_per_1k: 0.0006\n"
                            "  Custom-Model: {prompt_tokens_per_1k: 1, cached_tokens_per_1k: 0.1}\n"
                            "capture: {input: false, output: on, max_bytes: 4096}\n"
                            "limits: {open_after_ms: 10, segment_slots: 64, segment_payload_bytes: 1048576,\n"
                            "  segment_age_s: 60}\n";

static void every_key_of_the_file_is_taken(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config c;
    char wrong[OAT_CONFIG_WRONG_SIZE], dir[PATH_MAX];
    assert_int_equal(oat_config_load(&c, put_file(w, "tracer.yaml", whole), wrong), OAT_OK);
    assert_string_equal(wrong, "");
    assert_string_equal(c.service, "my-ai-agent");
    assert_string_equal(c.service_version, "1.0.0");
    assert_string_equal(c.environment, "production");
    snprintf(dir, sizeof dir, "%s/.oat", w->dir);
    assert_string_equal(c.data_dir, dir); /* relative to the file */
    assert_true(c.export_enabled && !c.export_keep_local);
    assert_string_equal(c.export_url, "http://localhost:8787");
    assert_string_equal(c.export_token, "oat_x");
    assert_int_equal(c.export_interval_ms, 2500);
    assert_int_equal(c.export_batch_size, 50);
    assert_true(c.map == OAT_MAP_NEVER && c.flush_interval_ms == 0 && c.allow_network_fs);
    assert_true(c.instrumentation && c.target_count == 2);
    assert_string_equal(c.targets[0].module, "openai.chat.completions");
    assert_string_equal(c.targets[0].function, "create");
    assert_string_equal(c.targets[0].span_type, "llm");
    assert_null(c.targets[1].span_type);
    assert_true(c.sampling_rate == 0.25 && c.error_sampling == 0.5 && c.slow_trace_ms == 7000);
    assert_int_equal(c.held_bytes, 1000000);
    assert_int_equal(c.price_count, 2);
    assert_string_equal(c.prices[0].model, "gpt-4o-mini");
    assert_true(c.prices[0].input == 0.15 && c.prices[0].output == 0.6 && c.prices[0].cached_input < 0);
    assert_true(c.prices[1].input == 1000 && c.prices[1].cached_input == 100);
    assert_true(!c.capture_input && c.capture_output && c.capture_max_bytes == 4096);
    assert_true(c.open_after_ms == 10 && c.roll_slots == 64 && c.roll_age_s == 60);
    assert_int_equal(c.roll_blob_bytes, 1 << 20);
    oat_config_free(&c);
}

static void the_environment_comes_over_the_file_and_code_over_both(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config c;
    char wrong[OAT_CONFIG_WRONG_SIZE];
    setenv("OAT_SERVICE_NAME", "of-the-environment", 1);
    setenv("OAT_DATA_DIR", "elsewhere", 1);
    setenv("OAT_SAMPLING_RATE", "0.75", 1);
    setenv("OAT_EXPORT_ENABLED", "False", 1);
    setenv("OAT_EXPORT_BATCH_SIZE", "9", 1);
    setenv("OAT_EXPORT_KEEP_LOCAL", "yes", 1);
    assert_int_equal(oat_config_load(&c, put_file(w, "tracer.yaml", whole), wrong), OAT_OK);
    assert_string_equal(wrong, "");
    assert_string_equal(c.service, "of-the-environment");
    assert_string_equal(c.data_dir, "elsewhere"); /* relative to the process */
    assert_true(c.sampling_rate == 0.75 && !c.export_enabled);
    assert_true(c.export_batch_size == 9 && c.export_keep_local);
    assert_string_equal(c.environment, "production");
    c.service = "of-the-code";
    c.sampling_rate = 1;
    c.data_dir = w->dir;
    c.roll_slots = OAT_SLOTS_MAX;
    oat_tracer_close(w->tracer);
    assert_int_equal(oat_tracer_open(&c, &w->tracer), OAT_OK);
    oat_config_free(&c); /* the tracer has what it needs */
    oat_span_end(oat_span_start(w->tracer, OAT_TOOL, "root"));
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *span = oat_run_span(&view, "root");
    oat_run_assert_text(span->text[OAT_TEXT_SERVICE], "of-the-code", 11);
    oat_run_assert_text(span->text[OAT_TEXT_ENVIRONMENT], "production", 10);
    assert_true(oat_run_has_attr(&view, span, "oat.service_version", "1.0.0", 5));
    oat_run_view_close(&view);
}

static void the_file_is_found_from_below_up_to_the_repository(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config c;
    char wrong[OAT_CONFIG_WRONG_SIZE], back[PATH_MAX];
    assert_non_null(getcwd(back, sizeof back));
    put_file(w, "tracer.yaml", "service: {name: found}");
    assert_int_equal(chdir(w->dir), 0);
    assert_int_equal(mkdir("a", 0700) | mkdir("a/b", 0700), 0);
    assert_int_equal(chdir("a/b"), 0);
    assert_int_equal(oat_config_load(&c, NULL, wrong), OAT_OK);
    assert_string_equal(c.service, "found");
    oat_config_free(&c);
    assert_int_equal(mkdir("../.git", 0700), 0);
    assert_int_equal(oat_config_load(&c, NULL, wrong), OAT_OK);
    assert_null(c.service);
    oat_config_free(&c);
    setenv("OAT_CONFIG", put_file(w, "other.yaml", "service: {name: named}"), 1);
    assert_int_equal(oat_config_load(&c, NULL, wrong), OAT_OK);
    assert_string_equal(c.service, "named");
    oat_config_free(&c);
    assert_int_equal(chdir(back), 0);
}

static void what_is_wrong_is_told_with_line_column_and_what_was_expected(void **state)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"sampling:\n  rate: 2\n", "2:9: sampling.rate: expected a number from 0 to 1"},
        {"sampling:\n  rate: often\n", "2:9: sampling.rate: expected a number from 0 to 1"},
        {"sampling: 1\n", "1:11: sampling: expected keys with values"},
        {"service:\n  nam: x\n", "2:3: unknown key \"service.nam\""},
        {"servce: {name: x}\n", "1:1: unknown key \"servce\""},
        {"service: {name: [x]}\n", "1:17: service.name: expected a text of 1 to 4096 bytes"},
        {"storage: {map: sometimes}\n", "1:16: storage.map: expected auto, always or never"},
        {"strict: maybe\n", "1:9: strict: expected true or false"},
        {"capture: {max_bytes: 1.5}\n",
         "1:22: capture.max_bytes: expected a whole number from 0 to 999999999999999"},
        {"pricing: {m: 3}\n", "1:14: m: expected {prompt_tokens_per_1k: 0.01, ...}"},
        {"pricing: {m: {prompt_tokens_per_1k: -1}}\n",
         "1:37: prompt_tokens_per_1k: expected US dollars, a number from 0 to 1000"},
        {"pricing: {m: {completion_tokens_per_1k: 1}}\n", "1:14: m: expected prompt_tokens_per_1k"},
        {"pricing: {m: {prompt_tokens_per_1m: 1}}\n", "1:15: unknown key \"prompt_tokens_per_1m\""},
        {"instrumentation: {targets: [{module: m}]}\n",
         "1:29: instrumentation.targets: expected a module and a function"},
        {"a: 1\nb: 2\na: 3\n", "3:1: \"a\" is given twice"},
        {"a: [\n", "2:1: did not find expected node content"},
        {"--- {}\n--- {}\n", "2:1: a second document begins here"},
        {"- a\n", "1:1: expected settings: keys with values"},
        {"# nothing\n", ""},
        {"service:\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(wrong_with(*state, cases[i].text), cases[i].wrong);
}

static void the_rest_of_a_bad_file_counts(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config c;
    char wrong[OAT_CONFIG_WRONG_SIZE];
    const char *path = put_file(w, "t.yaml", "sampling: {rate: 7}\nservice: {name: x}\n");
    assert_int_equal(oat_config_load(&c, path, wrong), OAT_OK);
    assert_true(c.sampling_rate == 1);
    assert_string_equal(c.service, "x");
    assert_true(c.capture_input && c.capture_output);
    oat_config_free(&c);
}

static void a_strict_file_is_refused_when_something_is_wrong(void **state)
{
    struct oat_run_writer *w = *state;
    oat_config c;
    char wrong[OAT_CONFIG_WRONG_SIZE];
    const char *path = put_file(w, "t.yaml", "unknown: 1\nstrict: true\n");
    assert_int_equal(oat_config_load(&c, path, wrong), OAT_E_INVALID);
    oat_config_free(&c);
    path = put_file(w, "t.yaml", "a: [");
    assert_int_equal(oat_config_load(&c, path, wrong), OAT_OK);
    oat_config_free(&c);
    setenv("OAT_STRICT", "1", 1);
    assert_int_equal(oat_config_load(&c, path, wrong), OAT_E_INVALID);
    oat_config_free(&c);
    setenv("OAT_SAMPLING_RATE", "much", 1);
    assert_int_equal(oat_config_load(&c, put_file(w, "t.yaml", ""), wrong), OAT_E_INVALID);
    assert_string_equal(wrong, "OAT_SAMPLING_RATE=much: expected a number from 0 to 1");
    oat_config_free(&c);
    assert_int_equal(oat_config_load(&c, "/nowhere/tracer.yaml", wrong), OAT_E_INVALID);
    assert_string_equal(wrong, "/nowhere/tracer.yaml: No such file or directory");
    oat_config_free(&c);
}

/* Better nothing than what was meant to be left out. */
static void nothing_is_captured_when_what_to_leave_out_is_not_known(void **state)
{
    static const char *const texts[] = {"x: 1\ncapture: {redcat: [email]}", "capture: {input: perhaps}",
                                        "capture: [redact", "capture: 7"};
    struct oat_run_writer *w = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        oat_config c;
        char wrong[OAT_CONFIG_WRONG_SIZE];
        assert_int_equal(oat_config_load(&c, put_file(w, "t.yaml", texts[i]), wrong), OAT_OK);
        assert_false(c.capture_input || c.capture_output);
        oat_config_free(&c);
    }
}

/* ---- What a tracer does with it ---- */

static void a_payload_that_is_not_captured_leaves_its_length_and_hash(void **state)
{
    struct oat_run_writer *w = *state;
    char hash[33];
    oat_content_id id = oat_content_id_of("secret", 6, 0);
    oat_hex_print(id.b, sizeof id.b, hash);
    w->config.capture_input = false;
    w->config.capture_max_bytes = 5;
    oat_run_writer_reopen(w);
    oat_span *span = oat_span_start(w->tracer, OAT_TOOL, "t");
    oat_span_set_input(span, "secret", OAT_NUL, NULL);
    oat_span_set_output(span, "abc\xc3\xa4\xc3\xb6\xc3\xbc", OAT_NUL, NULL);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *seen = oat_run_span(&view, "t");
    oat_run_assert_payload(&view, &seen->input, "", 0);
    oat_run_assert_payload(&view, &seen->output, "abc\xc3\xa4", 5);
    assert_true(seen->input.limited && seen->output.limited);
    assert_true(oat_run_has_attr(&view, seen, "oat.input_hash", hash, 32));
    oat_run_view_close(&view);
    assert_int_equal(oat_run_drops(w), 0);
}

static int64_t cost_of(struct oat_run_writer *w, const char *model, const char *provider)
{
    oat_span *span = oat_span_start(w->tracer, OAT_LLM, model);
    oat_span_set_text(span, OAT_TEXT_MODEL, model, OAT_NUL);
    oat_span_set_text(span, OAT_TEXT_PROVIDER, provider, OAT_NUL);
    oat_span_set_count(span, OAT_COUNT_INPUT, 1000);
    oat_span_set_count(span, OAT_COUNT_OUTPUT, 1000);
    oat_span_end(span);
    struct oat_run_view view = oat_run_look(w);
    const oat_span_view *seen = oat_run_span(&view, model);
    int64_t cost = seen->has_cost ? seen->cost_total_nano : -1;
    oat_run_view_close(&view);
    return cost;
}

static void prices_of_the_configuration_come_first_whoever_the_provider_is(void **state)
{
    static const oat_config_price prices[] = {
        {"Custom-Model", 1, -1, -1, -1, -1, 2, -1, -1},
        {"gpt-4o-mini", 10, -1, -1, -1, -1, 20, -1, -1},
    };
    struct oat_run_writer *w = *state;
    w->config.prices = prices;
    w->config.price_count = 2;
    oat_run_writer_reopen(w);
    assert_int_equal(cost_of(w, "custom-model", "my-own"), 1000 * 1000 + 1000 * 2000);
    assert_int_equal(cost_of(w, "gpt-4o-mini-2024-07-18", "openai"), 1000 * 10000 + 1000 * 20000);
    assert_int_equal(cost_of(w, "openai/gpt-4o-mini", "openrouter"), 1000 * 10000 + 1000 * 20000);
    assert_int_equal(cost_of(w, "gpt-4o", "openai"), 1000 * 2500 + 1000 * 10000);
    assert_int_equal(cost_of(w, "nobody-knows-it", "openai"), -1);
}

static void prices_that_cannot_be_are_refused(void **state)
{
    static const oat_config_price bad[] = {
        {"m", -1, -1, -1, -1, -1, 2, -1, -1},
        {"", 1, -1, -1, -1, -1, 2, -1, -1},
        {"m", 1e9, -1, -1, -1, -1, 2, -1, -1},
    };
    struct oat_run_writer *w = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        oat_config config = w->config;
        oat_tracer *tracer;
        config.prices = &bad[i];
        config.price_count = 1;
        assert_int_equal(oat_tracer_open(&config, &tracer), OAT_E_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_key_of_the_file_is_taken),
        TEST(the_environment_comes_over_the_file_and_code_over_both),
        TEST(the_file_is_found_from_below_up_to_the_repository),
        TEST(what_is_wrong_is_told_with_line_column_and_what_was_expected),
        TEST(the_rest_of_a_bad_file_counts),
        TEST(a_strict_file_is_refused_when_something_is_wrong),
        TEST(nothing_is_captured_when_what_to_leave_out_is_not_known),
        TEST(a_payload_that_is_not_captured_leaves_its_length_and_hash),
        TEST(prices_of_the_configuration_come_first_whoever_the_provider_is),
        TEST(prices_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
