/* The tokens file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "access/tokens_change.h"
#include "oat/oat.h"
#include "tests/support/run_dir.h"

static char dir[OAT_RUN_PATH_SIZE], path[OAT_RUN_PATH_SIZE + 20], why[OAT_TOKENS_WHY_SIZE];

static int set_up(void **state)
{
    (void)state;
    oat_run_dir_make(dir);
    snprintf(path, sizeof path, "%s/d/tokens", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    oat_run_dir_remove(dir);
    return 0;
}

/* A token whose secret is its name. */
static struct oat_token make(const char *name, enum oat_role role)
{
    struct oat_token token = {.role = role, .created = "2026-11-23T05:00:00Z", .project = "default"};
    snprintf(token.name, sizeof token.name, "%s", name);
    assert_true(oat_secret_hash(name, strlen(name), token.hash));
    return token;
}

static void add(const char *name, enum oat_role role)
{
    struct oat_token token = make(name, role);
    if (oat_tokens_add(path, &token, why) != OAT_OK)
        fail_msg("%s", why);
}

static void write_file(const char *text, mode_t mode)
{
    char parent[OAT_RUN_PATH_SIZE + 20];
    snprintf(parent, sizeof parent, "%s/d", dir);
    mkdir(parent, 0700);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_text(const char *expected)
{
    char text[2000];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void secrets_are_52_digits_that_differ(void **state)
{
    (void)state;
    char one[OAT_SECRET_SIZE], two[OAT_SECRET_SIZE];
    assert_true(oat_secret_new(OAT_TOKEN_PREFIX, one) && oat_secret_new(OAT_TOKEN_PREFIX, two));
    assert_int_equal(strlen(one), 4 + 52);
    assert_memory_equal(one, "oat_", 4);
    assert_int_equal(strspn(one + 4, "abcdefghijklmnopqrstuvwxyz234567"), 52);
    assert_string_not_equal(one, two);
}

static void the_hash_is_sha_256_of_the_text(void **state)
{
    (void)state;
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea}; /* FIPS 180-4 */
    uint8_t hash[OAT_SECRET_HASH_SIZE];
    assert_true(oat_secret_hash("abc", 3, hash));
    assert_memory_equal(hash, abc, sizeof abc);
}

static void what_is_added_is_found_by_its_hash(void **state)
{
    (void)state;
    struct oat_tokens tokens;
    add("reader", OAT_ROLE_READ);
    add("agent", OAT_ROLE_INGEST);
    assert_int_equal(oat_tokens_read(path, &tokens, why), OAT_OK);
    assert_int_equal(tokens.count, 2);
    assert_int_equal(tokens.file.st_mode & 0777, 0600);
    struct oat_token agent = make("agent", OAT_ROLE_INGEST), other = make("other", OAT_ROLE_ADMIN);
    const struct oat_token *found = oat_tokens_find(&tokens, agent.hash);
    assert_non_null(found);
    assert_string_equal(found->name, "agent");
    assert_int_equal(found->role, OAT_ROLE_INGEST);
    assert_string_equal(found->project, "default");
    assert_null(oat_tokens_find(&tokens, other.hash));
    oat_tokens_free(&tokens);
}

static void a_name_is_taken_once(void **state)
{
    (void)state;
    struct oat_token again = make("reader", OAT_ROLE_ADMIN);
    add("reader", OAT_ROLE_READ);
    assert_int_equal(oat_tokens_add(path, &again, why), OAT_E_INVALID);
    assert_non_null(strstr(why, "reader"));
}

static void revoking_leaves_comments_and_other_lines(void **state)
{
    (void)state;
    static const char line[] = "agent ingest default 2026-11-23T05:00:00Z "
                               "d4f0bc5a29de06b510f9aa428f1eedba926012b591fef7a518e776a7c9bd1824\n";
    char text[400];
    snprintf(text, sizeof text, "# ours\n%s\n", line);
    write_file(text, 0600);
    add("agent2", OAT_ROLE_READ);
    assert_int_equal(oat_tokens_revoke(path, "age", why), OAT_NOTFOUND);
    assert_int_equal(oat_tokens_revoke(path, "agent2", why), OAT_OK);
    assert_text(text);
    assert_int_equal(oat_tokens_revoke(path, "agent", why), OAT_OK);
    assert_text("# ours\n\n");
    assert_int_equal(oat_tokens_revoke(path, "agent", why), OAT_NOTFOUND);
}

static void a_line_without_an_end_gets_one(void **state)
{
    (void)state;
    struct oat_tokens tokens;
    write_file("# ours", 0600);
    add("reader", OAT_ROLE_READ);
    assert_int_equal(oat_tokens_read(path, &tokens, why), OAT_OK);
    assert_int_equal(tokens.count, 1);
    oat_tokens_free(&tokens);
}

static void bad_lines_are_named(void **state)
{
    (void)state;
#define HASH "d4f0bc5a29de06b510f9aa428f1eedba926012b591fef7a518e776a7c9bd1824"
    static const char *const bad[] = {
        "x",
        "x read default 2026-11-23T05:00:00Z",
        "x read default 2026-11-23T05:00:00Z ",
        "x root default 2026-11-23T05:00:00Z " HASH,
        "x none default 2026-11-23T05:00:00Z " HASH,
        "x read a/b 2026-11-23T05:00:00Z " HASH,
        "x read default yesterday " HASH,
        "x read default 2026-11-23T05:00:00Z " HASH "00",
        "x read default 2026-11-23T05:00:00Z " HASH " y",
        "x  read default 2026-11-23T05:00:00Z " HASH,
        "x read default 2026-11-23T05:00:00Z " HASH "\nx read b 2026-11-23T05:00:00Z " HASH,
        "x read default 2026-11-23T05:00:00Z " HASH "\ny read b 2026-11-23T05:00:00Z " HASH,
        "-x read default 2026-11-23T05:00:00Z " HASH,
    };
    struct oat_tokens tokens;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(bad[i], 0600);
        if (oat_tokens_read(path, &tokens, why) != OAT_E_CORRUPT)
            fail_msg("taken: %s", bad[i]);
        assert_non_null(strstr(why, strchr(bad[i], '\n') ? "tokens:2: " : "tokens:1: "));
    }
}

static void a_file_that_others_may_touch_is_refused(void **state)
{
    (void)state;
    struct oat_tokens tokens;
    assert_int_equal(oat_tokens_read(path, &tokens, why), OAT_NOTFOUND);
    static const mode_t modes[] = {0640, 0604, 0620, 0602};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file("", modes[i]);
        assert_int_equal(oat_tokens_read(path, &tokens, why), OAT_E_IO);
        assert_non_null(strstr(why, "chmod 600"));
    }
    assert_int_equal(oat_tokens_read(dir, &tokens, why), OAT_E_IO);
    assert_non_null(strstr(why, "regular"));
}

static void names_fit_into_a_line_and_a_path(void **state)
{
    (void)state;
    assert_true(oat_name_is_good("a"));
    assert_true(oat_name_is_good("ci-2.prod_EU"));
    static const char *const bad[] = {
        "",    ".",   "..",  "-a",       "_a",
        "a b", "a/b", "a\n", "\xc3\xa4", "0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (oat_name_is_good(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_52_digits_that_differ),
        cmocka_unit_test(the_hash_is_sha_256_of_the_text),
        FILE_TEST(what_is_added_is_found_by_its_hash),
        FILE_TEST(a_name_is_taken_once),
        FILE_TEST(revoking_leaves_comments_and_other_lines),
        FILE_TEST(a_line_without_an_end_gets_one),
        FILE_TEST(bad_lines_are_named),
        FILE_TEST(a_file_that_others_may_touch_is_refused),
        cmocka_unit_test(names_fit_into_a_line_and_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
