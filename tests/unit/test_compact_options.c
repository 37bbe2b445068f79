/* The command line of oat-compact. */
#include "compactor/options.h"
#include "format/day.h"
#include "tests/support/unit.h"

#define NOW_NS UINT64_C(1795392000000000000) /* 2026-11-23 */

static struct oat_compact_command command;
static char error[300];

/* Parses a line of words. */
static bool parse(const char *line)
{
    static char text[300], name[] = "oat-compact";
    char *argv[32] = {name};
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    error[0] = '\0';
    return oat_compact_options_parse(argc, argv, NOW_NS, &command, error, sizeof error);
}

static void without_options_everything_sealed_is_compacted(void **state)
{
    (void)state;
    unsetenv("OAT_DATA_DIR");
    assert_true(parse(""));
    assert_string_equal(command.dir, ".oat");
    assert_false(command.options.full || command.options.adopt || command.options.dry_run ||
                 command.options.wait);
    assert_int_equal(command.options.before_day, UINT32_MAX);
    assert_int_equal(command.options.retention.keep_ns, 0);
    assert_int_equal(command.options.retention.max_bytes, 0);
    assert_int_equal(command.options.memory_bytes, 512u << 20);
    assert_true(command.options.threads >= 1);
    setenv("OAT_DATA_DIR", "/somewhere", 1);
    assert_true(parse(""));
    assert_string_equal(command.dir, "/somewhere");
    unsetenv("OAT_DATA_DIR");
}

static void every_option_is_taken(void **state)
{
    (void)state;
    assert_true(
        parse("--full --before 2026-11-22 --retain 30d --max-bytes 50G --mount a --mount=b --adopt --dry-run "
              "--wait --memory 1G --threads 3 --json store"));
    assert_string_equal(command.dir, "store");
    assert_true(command.options.full && command.options.adopt && command.options.dry_run &&
                command.options.wait);
    assert_true(command.json);
    assert_int_equal(command.options.before_day, 20779);
    assert_int_equal(command.options.retention.keep_ns, 30 * OAT_DAY_NS);
    assert_int_equal(command.options.retention.max_bytes, UINT64_C(50) << 30);
    assert_int_equal(command.options.memory_bytes, UINT64_C(1) << 30);
    assert_int_equal(command.options.threads, 3);
    assert_int_equal(command.options.mount_count, 2);
    assert_string_equal(command.options.mounts[0], "a");
    assert_string_equal(command.options.mounts[1], "b");
}

static void days_may_be_named(void **state)
{
    (void)state;
    assert_true(parse("--before today"));
    assert_int_equal(command.options.before_day, 20780);
    assert_true(parse("--before yesterday"));
    assert_int_equal(command.options.before_day, 20779);
}

static void units_are_understood(void **state)
{
    (void)state;
    assert_true(parse("--retain 48h --max-bytes 1000"));
    assert_int_equal(command.options.retention.keep_ns, 2 * OAT_DAY_NS);
    assert_int_equal(command.options.retention.max_bytes, 1000);
    assert_true(parse("--retain 2w --max-bytes 3T"));
    assert_int_equal(command.options.retention.keep_ns, 14 * OAT_DAY_NS);
    assert_int_equal(command.options.retention.max_bytes, UINT64_C(3) << 40);
}

static void mistakes_are_named_with_what_was_expected(void **state)
{
    (void)state;
    static const char *const lines[][3] = {
        {"--before 2026-02-30", "--before \"2026-02-30\"", "a day like 2026-11-22"},
        {"--retain 30", "--retain \"30\"", "a time like 30d"},
        {"--retain 0d", "--retain \"0d\"", "a time like 30d"},
        {"--retain -1d", "--retain \"-1d\"", "a time like 30d"},
        {"--retain 300000000000w", "--retain", "a time like 30d"},
        {"--max-bytes 5X", "--max-bytes \"5X\"", "a size like 50G"},
        {"--max-bytes 5GB", "--max-bytes \"5GB\"", "a size like 50G"},
        {"--max-bytes 99999999T", "--max-bytes", "a size like 50G"},
        {"--memory 1M", "--memory \"1M\"", "64M or more"},
        {"--threads 0", "--threads \"0\"", "from 1 to 64"},
        {"--fulll", "no option --fulll", ""},
        {"--retain", "--retain needs a value", ""},
        {"-x", "no option -x", ""},
        {"a b", "too many: b", ""},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_false(parse(lines[i][0]));
        if (!strstr(error, lines[i][1]) || !strstr(error, lines[i][2]))
            fail_msg("%s: %s", lines[i][0], error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_everything_sealed_is_compacted),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(days_may_be_named),
        cmocka_unit_test(units_are_understood),
        cmocka_unit_test(mistakes_are_named_with_what_was_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
