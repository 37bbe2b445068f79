/* Command line, addresses, and who holds a port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "httpd/options.h"
#include "httpd/port_owner.h"
#include "tests/support/run_dir.h"

static struct oat_options options;
static char error[600];

/* Parses a command line whose words stand between single spaces. */
static bool parse(const char *line)
{
    static char words[600];
    char *argv[20];
    int argc = 0;
    snprintf(words, sizeof words, "oat-httpd %s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    oat_options_free(&options);
    return oat_options_parse(argc, argv, &options, error, sizeof error);
}

static void defaults_are_loopback_and_the_store_beside(void **state)
{
    (void)state;
    unsetenv("OAT_DATA_DIR");
    assert_true(parse(""));
    assert_string_equal(options.dir, ".oat");
    assert_int_equal(options.listen.count, 2);
    assert_string_equal(options.listen.all[0].host, "127.0.0.1");
    assert_string_equal(options.listen.all[1].host, "[::1]");
    assert_int_equal(options.listen.all[0].port, OAT_PORT);
    assert_int_equal(options.listen.all[1].port, OAT_PORT);
    assert_int_equal(options.otlp_http.count, 2);
    assert_int_equal(options.otlp_http.all[1].port, 4318);
    assert_true(options.otlp_http.is_default);
    assert_int_equal(options.otlp_grpc.count, 2);
    assert_int_equal(options.otlp_grpc.all[0].port, 4317);
    assert_true(options.otlp_grpc.is_default);
    assert_false(options.ack_process);
    setenv("OAT_DATA_DIR", "/tmp/elsewhere", 1);
    assert_true(parse(""));
    assert_string_equal(options.dir, "/tmp/elsewhere");
}

static void given_addresses_replace_the_defaults(void **state)
{
    (void)state;
    assert_true(parse("--listen localhost:0 --listen=[::1]:99 --dir d"));
    assert_int_equal(options.listen.count, 2);
    assert_int_equal(options.listen.all[0].port, 0);
    assert_int_equal(options.listen.all[1].port, 99);
    assert_false(options.listen.is_default);
    assert_true(parse("--otlp-http 127.0.0.1:99 --ack process"));
    assert_int_equal(options.otlp_http.count, 1);
    assert_int_equal(options.otlp_http.all[0].port, 99);
    assert_false(options.otlp_http.is_default);
    assert_true(options.ack_process);
    assert_true(parse("--otlp-http off --ack device"));
    assert_int_equal(options.otlp_http.count, 0);
    assert_false(options.ack_process);
    assert_false(parse("--ack disk"));
    assert_string_equal(error, "--ack \"disk\": expected device or process");
}

static void a_timeout_has_a_unit_or_is_off(void **state)
{
    (void)state;
    assert_true(parse(""));
    assert_int_equal(options.query_timeout_ns, UINT64_C(30000000000));
    assert_true(parse("--query-timeout 2m"));
    assert_int_equal(options.query_timeout_ns, UINT64_C(120000000000));
    assert_true(parse("--query-timeout off"));
    assert_int_equal(options.query_timeout_ns, 0);
    assert_false(parse("--query-timeout 0s"));
    assert_false(parse("--query-timeout -1s"));
    assert_false(parse("--query-timeout soon"));
    assert_string_equal(error, "--query-timeout \"soon\": expected a duration like 30s or 2m, or off");
}

static void a_client_may_send_many_requests_unless_told_otherwise(void **state)
{
    (void)state;
    assert_true(parse(""));
    assert_true(options.requests_per_s >= 10000 && options.requests_per_s <= 10000);
    assert_true(parse("--requests-per-s 0.5"));
    assert_true(options.requests_per_s >= 0.5 && options.requests_per_s <= 0.5);
    assert_true(parse("--requests-per-s off"));
    assert_false(options.requests_per_s > 0);
    static const char *const bad[] = {"0", "-1", "many", "1e99"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[60];
        snprintf(line, sizeof line, "--requests-per-s %s", bad[i]);
        assert_false(parse(line));
        assert_non_null(strstr(error, "expected a number above 0, or off"));
    }
}

static void a_certificate_needs_its_key(void **state)
{
    (void)state;
    assert_false(parse("--tls-cert c"));
    assert_non_null(strstr(error, "tls_key"));
    assert_false(parse("--tls-key k"));
    assert_true(parse("--tls-cert c --tls-key k"));
    assert_string_equal(options.tls_cert, "c");
}

/* ---- oat-httpd.yaml ------------------------------------------------------------------------------ */

static char folder[OAT_RUN_PATH_SIZE], path[OAT_RUN_PATH_SIZE + 20];

static int make_folder(void **state)
{
    (void)state;
    oat_run_dir_make(folder);
    snprintf(path, sizeof path, "%s/oat-httpd.yaml", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    oat_options_free(&options);
    oat_run_dir_remove(folder);
    return 0;
}

/* Parses a command line of --config and more, with this in the file. */
static bool parse_with(const char *yaml, const char *more)
{
    char line[OAT_RUN_PATH_SIZE + 100];
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(yaml, file);
    fclose(file);
    snprintf(line, sizeof line, "--config %s %s", path, more);
    return parse(line);
}

static void a_file_sets_what_options_set(void **state)
{
    (void)state;
    unsetenv("OAT_DATA_DIR");
    if (!parse_with("listen: [127.0.0.1:1, '[::1]:2']\nallow_host: a.example\ndir: store\nno_compact: true\n"
                    "ack: process\ntokens: /etc/tokens\n",
                    ""))
        fail_msg("%s", error);
    char expected[OAT_RUN_PATH_SIZE + 20];
    snprintf(expected, sizeof expected, "%s/store", folder);
    assert_string_equal(options.dir, expected);
    assert_string_equal(options.tokens, "/etc/tokens");
    assert_int_equal(options.listen.count, 2);
    assert_int_equal(options.listen.all[1].port, 2);
    assert_string_equal(options.allow_host.all[0], "a.example");
    assert_true(options.no_compact && options.ack_process);
    char line[OAT_RUN_PATH_SIZE + 20];
    snprintf(line, sizeof line, "--config %s", folder);
    assert_true(parse(line));
    assert_string_equal(options.config, path);
}

static void options_are_stronger_than_the_environment_and_that_than_a_file(void **state)
{
    (void)state;
    static const char yaml[] =
        "listen: ['127.0.0.1:1', '127.0.0.1:2']\nlog_level: error\nallow_host: [a, b]\n";
    setenv("OAT_HTTPD_LISTEN", "127.0.0.1:3", 1);
    setenv("OAT_HTTPD_LOG_LEVEL", "debug", 1);
    assert_true(parse_with(yaml, "--listen 127.0.0.1:4"));
    unsetenv("OAT_HTTPD_LOG_LEVEL");
    assert_int_equal(options.listen.count, 1);
    assert_int_equal(options.listen.all[0].port, 4);
    assert_int_equal(options.log_level, OAT_LOG_DEBUG);
    assert_int_equal(options.allow_host.count, 2);
    assert_true(parse_with(yaml, ""));
    unsetenv("OAT_HTTPD_LISTEN");
    assert_int_equal(options.listen.count, 1);
    assert_int_equal(options.listen.all[0].port, 3);
    assert_int_equal(options.log_level, OAT_LOG_ERROR);
}

static void projects_have_folders_and_limits(void **state)
{
    (void)state;
    assert_true(parse_with("projects:\n  default: {retain: 30d}\n  support: {dir: /s, max_bytes: 50G, "
                           "ingest_spans_per_s: 2.5e3}\n",
                           "--dir d"));
    assert_int_equal(options.project_count, 2);
    assert_string_equal(options.projects[0].dir, "d");
    assert_int_equal(options.projects[0].retention.keep_ns, UINT64_C(30) * 86400 * 1000000000);
    assert_string_equal(options.projects[1].name, "support");
    assert_string_equal(options.projects[1].dir, "/s");
    assert_int_equal(options.projects[1].retention.max_bytes, UINT64_C(50) << 30);
    assert_true(options.projects[1].ingest_spans_per_s == 2500);
    assert_false(parse_with("projects: {a: {dir: /s}, b: {dir: /s}}", ""));
    assert_non_null(strstr(error, "same dir"));
}

static void what_is_wrong_in_a_file_has_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *expected;
    } bad[] = {
        {"dir: x\nlisen: y\n", ":2:1: unknown key \"lisen\": did you mean listen?"},
        {"projects:\n  a: {dri: x}\n", ":2:7: unknown key \"dri\""},
        {"projects: {a: {retain: 1d}}", ":1:15: project a has no dir"},
        {"projects: {../a: {dir: x}}", ":1:12: \"../a\" is no name"},
        {"projects: {a: {dir: x, retain: soon}}", ":1:32: retain \"soon\": expected a time"},
        {"projects: {a: {dir: x, ingest_spans_per_s: 0}}", ":1:44: ingest_spans_per_s \"0\""},
        {"projects: [a]", ":1:11: expected projects"},
        {"log_level: loud\n", ":1:12: log_level \"loud\": expected error"},
        {"no_compact: yes\n", ":1:13: no_compact \"yes\": expected false or true"},
        {"listen: [127.0.0.1:1, x]\n", ":1:23: listen \"x\""},
        {"listen: {a: b}\n", ":1:9: listen: expected a text"},
        {"dir: [a]\n", ":1:6: dir: expected a text"},
        {"dir:\n", ":1:5: dir: expected a text"},
        {"dir: a\ndir: b\n", ":2:1: \"dir\" is given twice"},
        {"- a\n", ":1:1: expected settings"},
        {"[a]: b\n", ":1:1: expected a name"},
        {"dir: a\n---\ndir: b\n", ": a second document"},
        {"dir: {\n", ":"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (parse_with(bad[i].yaml, ""))
            fail_msg("taken: %s", bad[i].yaml);
        if (!strstr(error, bad[i].expected) || strncmp(error, path, strlen(path)) != 0)
            fail_msg("%s: %s", bad[i].yaml, error);
    }
    assert_true(parse_with("", ""));
    assert_true(parse_with("# nothing\n---\n", "") || strstr(error, "expected settings"));
    assert_false(parse("--config /nonexistent.yaml"));
    assert_non_null(strstr(error, "/nonexistent.yaml"));
}

static void mistakes_are_named(void **state)
{
    (void)state;
    assert_false(parse("--lisen x"));
    assert_non_null(strstr(error, "--lisen"));
    assert_false(parse("--dir"));
    assert_non_null(strstr(error, "needs a value"));
    assert_false(parse("extra"));
    assert_non_null(strstr(error, "extra"));
    assert_false(parse("--log-level loud"));
    assert_non_null(strstr(error, "loud"));
}

static void addresses_are_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "example.com:80",  "127.0.0.1",     "127.0.0.1:",   ":80",   "127.0.0.1:x",
        "127.0.0.1:65536", "127.0.0.1:-1",  "::1:80",       "[::1]", "[:80",
        "[]:80",           "127.0.0.1 :80", "127.0.0.1:80 "};
    struct oat_address address;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (oat_address_parse(bad[i], &address, error, sizeof error))
            fail_msg("taken: %s", bad[i]);
    assert_true(oat_address_parse("127.9.9.9:80", &address, error, sizeof error));
    assert_true(oat_address_is_loopback(&address));
    assert_false(oat_address_is_any(&address));
    static const char *const exposed[] = {"0.0.0.0:80",   "[::]:80",     "192.168.1.1:80",
                                          "[fe80::1]:80", "10.0.0.1:80", "[::ffff:127.0.0.1]:80"};
    for (size_t i = 0; i < sizeof exposed / sizeof *exposed; i++) {
        assert_true(oat_address_parse(exposed[i], &address, error, sizeof error));
        assert_false(oat_address_is_loopback(&address));
        assert_int_equal(oat_address_is_any(&address), i < 2);
    }
}

static void a_bad_port_is_told_the_range(void **state)
{
    (void)state;
    assert_false(parse("--listen 127.0.0.1:99999"));
    assert_string_equal(error, "--listen \"127.0.0.1:99999\": expected a port from 1 to 65535, or 0 for any "
                               "free one, found \"99999\"");
    assert_false(parse("--listen localhost:http"));
    assert_non_null(strstr(error, "from 1 to 65535"));
    assert_false(parse("--listen [::1]"));
    assert_non_null(strstr(error, "ADDRESS:PORT"));
    assert_false(parse("--listen 8787"));
    assert_non_null(strstr(error, "ADDRESS:PORT"));
}

static void the_holder_of_a_port_is_found(void **state)
{
    (void)state;
    struct oat_address address;
    struct oat_port_owner owner;
    assert_true(oat_address_parse("127.0.0.1:0", &address, error, sizeof error));
    int fds[2], more[1];
    assert_true(oat_address_listen(&address, fds, 2));
    assert_int_not_equal(address.port, 0);
    assert_true(oat_port_owner_find(address.port, &owner));
    assert_int_equal(owner.pid, getpid());
    assert_memory_equal(owner.name, "test_httpd", 10);

    char text[40];
    snprintf(text, sizeof text, "127.0.0.1:%u", address.port);
    struct oat_address same;
    assert_true(oat_address_parse(text, &same, error, sizeof error));
    assert_false(oat_address_listen(&same, more, 1));
    assert_int_equal(errno, EADDRINUSE);
    close(fds[0]);
    close(fds[1]);
    assert_false(oat_port_owner_find(address.port, &owner));
}

static void text_from_outside_is_escaped_in_the_log(void **state)
{
    (void)state;
    char text[16];
    assert_string_equal(oat_log_quote("a b\x1b\xff\\", text, sizeof text), "a\\x20b\\x1b...");
    assert_string_equal(oat_log_quote("short", text, sizeof text), "short");
    char small[8];
    assert_string_equal(oat_log_quote("123456789", small, sizeof small), "1234...");
    assert_string_equal(oat_log_quote("\n\n\n", small, sizeof small), "\\x0a...");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_loopback_and_the_store_beside),
        cmocka_unit_test(given_addresses_replace_the_defaults),
        cmocka_unit_test(a_client_may_send_many_requests_unless_told_otherwise),
        cmocka_unit_test(a_timeout_has_a_unit_or_is_off),
        cmocka_unit_test(a_certificate_needs_its_key),
        FILE_TEST(a_file_sets_what_options_set),
        FILE_TEST(options_are_stronger_than_the_environment_and_that_than_a_file),
        FILE_TEST(projects_have_folders_and_limits),
        FILE_TEST(what_is_wrong_in_a_file_has_a_place),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(addresses_are_numbers),
        cmocka_unit_test(a_bad_port_is_told_the_range),
        cmocka_unit_test(the_holder_of_a_port_is_found),
        cmocka_unit_test(text_from_outside_is_escaped_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
