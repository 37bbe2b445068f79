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

static struct oat_options options;
static char error[300];

/* Parses a command line whose words stand between single spaces. */
static bool parse(const char *line)
{
    static char words[200];
    char *argv[20];
    int argc = 0;
    snprintf(words, sizeof words, "oat-httpd %s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return oat_options_parse(argc, argv, &options, error, sizeof error);
}

static void defaults_are_loopback_and_the_store_beside(void **state)
{
    (void)state;
    unsetenv("OAT_DATA_DIR");
    assert_true(parse(""));
    assert_string_equal(options.dir, ".oat");
    assert_int_equal(options.listen_count, 2);
    assert_string_equal(options.listen[0].host, "127.0.0.1");
    assert_string_equal(options.listen[1].host, "[::1]");
    assert_int_equal(options.listen[0].port, OAT_PORT);
    assert_int_equal(options.listen[1].port, OAT_PORT);
    assert_int_equal(options.otlp_http_count, 2);
    assert_int_equal(options.otlp_http[1].port, 4318);
    assert_true(options.otlp_http_is_default);
    assert_false(options.ack_process);
    setenv("OAT_DATA_DIR", "/tmp/elsewhere", 1);
    assert_true(parse(""));
    assert_string_equal(options.dir, "/tmp/elsewhere");
}

static void given_addresses_replace_the_defaults(void **state)
{
    (void)state;
    assert_true(parse("--listen localhost:0 --listen=[::1]:99 --dir d"));
    assert_int_equal(options.listen_count, 2);
    assert_int_equal(options.listen[0].port, 0);
    assert_int_equal(options.listen[1].port, 99);
    assert_false(options.listen_is_default);
    assert_true(parse("--otlp-http 127.0.0.1:99 --ack process"));
    assert_int_equal(options.otlp_http_count, 1);
    assert_int_equal(options.otlp_http[0].port, 99);
    assert_false(options.otlp_http_is_default);
    assert_true(options.ack_process);
    assert_true(parse("--otlp-http off --ack device"));
    assert_int_equal(options.otlp_http_count, 0);
    assert_false(options.ack_process);
    assert_false(parse("--ack disk"));
    assert_string_equal(error, "--ack \"disk\": expected device or process");
}

static void options_that_are_not_built_are_refused(void **state)
{
    (void)state;
    assert_false(parse("--tls-cert file"));
    assert_non_null(strstr(error, "--tls-cert"));
    assert_non_null(strstr(error, "not built"));
    assert_false(parse("--tls-cert c"));
    assert_non_null(strstr(error, "--tls-cert"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_loopback_and_the_store_beside),
        cmocka_unit_test(given_addresses_replace_the_defaults),
        cmocka_unit_test(options_that_are_not_built_are_refused),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(addresses_are_numbers),
        cmocka_unit_test(a_bad_port_is_told_the_range),
        cmocka_unit_test(the_holder_of_a_port_is_found),
        cmocka_unit_test(text_from_outside_is_escaped_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
