/* PROMPTS: what is written is read back, and damage is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compactor/prompts_write.h"
#include "tests/support/run_writer.h"

static oat_text text(const char *words)
{
    return (oat_text){words, strlen(words)};
}

static size_t add(struct oat_prompts *prompts, const char *name, const char *body)
{
    const struct oat_prompt_version version = {.name = text(name), .body = text(body), .time_ns = 1000};
    size_t index;
    assert_int_equal(oat_prompts_add(prompts, &version, &index), OAT_OK);
    return index;
}

/* The store of a directory; close it. */
static oat_store *open_store(const struct oat_run_writer *w)
{
    oat_store *store;
    assert_int_equal(oat_store_open(w->dir, &store), OAT_OK);
    return store;
}

static void versions_are_numbered_within_their_name(void **state)
{
    (void)state;
    struct oat_prompts prompts = {0};
    size_t first;
    add(&prompts, "greet", "{}");
    add(&prompts, "bye", "{}");
    assert_int_equal(oat_prompts_set_label(&prompts, text("production"), 1, 5), OAT_OK); /* of greet */
    assert_int_equal(add(&prompts, "bye", "{\"template\":\"x\"}"), 1);
    assert_int_equal(oat_prompts_find(&prompts, text("bye"), &first), 2);
    assert_int_equal(prompts.versions[first + 1].number, 2);
    assert_int_equal(oat_prompts_find(&prompts, text("greet"), &first), 1);
    assert_non_null(oat_prompts_find_label(&prompts, first, 1, text("production")));
    assert_int_equal(oat_prompts_find(&prompts, text("nothing"), &first), 0);
    oat_prompts_clear(&prompts);
}

static void a_label_stands_for_one_version(void **state)
{
    (void)state;
    struct oat_prompts prompts = {0};
    add(&prompts, "greet", "{}");
    add(&prompts, "greet", "{}");
    add(&prompts, "other", "{}");
    assert_int_equal(oat_prompts_set_label(&prompts, text("live"), 0, 5), OAT_OK);
    assert_int_equal(oat_prompts_set_label(&prompts, text("live"), 1, 6), OAT_OK);
    assert_int_equal(oat_prompts_set_label(&prompts, text("live"), 2, 7), OAT_OK);
    assert_int_equal(prompts.label_count, 2);
    assert_int_equal(oat_prompts_find_label(&prompts, 0, 2, text("live"))->version, 1);
    assert_null(oat_prompts_find_label(&prompts, 0, 2, text("test")));
    oat_prompts_clear(&prompts);
}

static void what_is_written_is_read_back(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_prompts written = {0}, read;
    struct oat_problems problems;
    oat_store *store = open_store(w);
    int lock;
    oat_problems_init(&problems);
    assert_int_equal(oat_prompts_read(store->fd, &problems, &read), OAT_OK);
    assert_int_equal(read.version_count, 0);
    oat_prompts_clear(&read);
    add(&written, "greet", "{\"template\":\"hi\"}");
    add(&written, "greet", "{\"template\":\"hello\"}");
    written.versions[1].weight = 50;
    assert_int_equal(oat_prompts_set_label(&written, text("live"), 1, 9), OAT_OK);
    assert_int_equal(oat_prompts_lock(store, &lock), OAT_OK);
    assert_int_equal(oat_prompts_write(store, &written, 1), OAT_OK);
    oat_prompts_unlock(lock);
    assert_int_equal(oat_prompts_read(store->fd, &problems, &read), OAT_OK);
    assert_int_equal(read.version_count, 2);
    assert_int_equal(read.versions[1].weight, 50);
    assert_int_equal(read.versions[1].time_ns, 1000);
    assert_int_equal(oat_prompts_compare(read.versions[1].body, text("{\"template\":\"hello\"}")), 0);
    assert_int_equal(oat_prompts_find_label(&read, 0, 2, text("live"))->version, 1);
    assert_int_equal(oat_problems_count(&problems), 0);
    oat_prompts_clear(&read);
    oat_prompts_clear(&written);
    oat_problems_clear(&problems);
    oat_store_close(store);
}

/* Writes those prompts, and expects that they are refused, with a problem that says what. */
static void assert_refused(const oat_store *store, const struct oat_prompts *prompts, const char *what)
{
    struct oat_problems problems;
    struct oat_prompts read;
    oat_problems_init(&problems);
    assert_int_equal(oat_prompts_write(store, prompts, 1), OAT_OK);
    assert_int_equal(oat_prompts_read(store->fd, &problems, &read), OAT_E_CORRUPT);
    assert_string_equal(oat_problems_get(&problems, 0)->what, what);
    assert_int_equal(read.version_count, 0);
    oat_problems_clear(&problems);
}

static void what_cannot_be_is_refused(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_prompts prompts = {0};
    oat_store *store = open_store(w);
    add(&prompts, "greet", "{}");
    add(&prompts, "greet", "{}");
    prompts.versions[1].number = 3;
    assert_refused(store, &prompts, "order of versions");
    prompts.versions[1].number = 2;
    prompts.versions[0].name = text("hello");
    assert_refused(store, &prompts, "order of versions");
    prompts.versions[0].name = text("");
    assert_refused(store, &prompts, "name of a prompt");
    prompts.versions[0].name = text("greet");
    prompts.versions[0].weight = OAT_PROMPT_WEIGHT_MAX + 1;
    assert_refused(store, &prompts, "weight of a version");
    prompts.versions[0].weight = 0;
    assert_int_equal(oat_prompts_set_label(&prompts, text("live"), 1, 9), OAT_OK);
    prompts.labels[0].version = 2;
    assert_refused(store, &prompts, "version of a label");
    oat_prompts_clear(&prompts);
    oat_store_close(store);
}

static void every_flipped_bit_is_seen(void **state)
{
    struct oat_run_writer *w = *state;
    struct oat_prompts prompts = {0}, read;
    oat_store *store = open_store(w);
    add(&prompts, "greet", "{\"template\":\"hi\"}");
    assert_int_equal(oat_prompts_write(store, &prompts, 1), OAT_OK);
    int fd = openat(store->fd, OAT_PROMPTS_NAME, O_RDWR);
    off_t len = lseek(fd, 0, SEEK_END);
    assert_true(len > 128);
    for (off_t at = 0; at < len; at++) {
        struct oat_problems problems;
        uint8_t byte, flipped;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        flipped = byte ^ (uint8_t)(1u << (at % 8));
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
        oat_problems_init(&problems);
        int result = oat_prompts_read(store->fd, &problems, &read);
        if (result == OAT_OK) /* a byte that nothing is read from */
            assert_int_equal(oat_prompts_compare(read.versions[0].body, text("{\"template\":\"hi\"}")), 0);
        else
            assert_int_equal(oat_problems_count(&problems), 1);
        oat_prompts_clear(&read);
        oat_problems_clear(&problems);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
    oat_prompts_clear(&prompts);
    oat_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_numbered_within_their_name),
        cmocka_unit_test(a_label_stands_for_one_version),
        OAT_WRITER_TEST(what_is_written_is_read_back),
        OAT_WRITER_TEST(what_cannot_be_is_refused),
        OAT_WRITER_TEST(every_flipped_bit_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
