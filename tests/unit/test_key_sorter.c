/* Sorting keys in memory, and more of them than memory holds. */
#include "compactor/key_sorter.h"

#include "tests/support/run_dir.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define TRACE_KEYS 3u /* that are equal; they are added far from each other */

struct fixture {
    char dir[OAT_RUN_PATH_SIZE];
    int dir_fd;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    oat_run_dir_make(f->dir);
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->dir_fd);
    oat_run_dir_remove(f->dir);
    free(f);
    return 0;
}

/* The n-th key that is added, of `count` in all. */
static struct oat_key key_of(uint32_t n, uint32_t count)
{
    uint32_t trace = n % (count / TRACE_KEYS);
    struct oat_key key = {.order = trace * UINT64_C(0x9e3779b97f4a7c15), .place = n};
    memcpy(key.trace_id, &trace, sizeof trace);
    return key;
}

static void add_all(struct oat_key_sorter *sorter, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++) {
        struct oat_key key = key_of(n, count);
        assert_int_equal(oat_key_sorter_add(sorter, &key), OAT_OK);
    }
    assert_int_equal(oat_key_sorter_count(sorter), count);
}

/* All keys come, each once: equal ones as they were added, which is by their place. */
static void check_all(struct oat_key_sorter *sorter, uint32_t count)
{
    const struct oat_key *next;
    struct oat_key last = {0};
    for (uint32_t n = 0; n < count; n++) {
        assert_int_equal(oat_key_sorter_next(sorter, &next), OAT_OK);
        struct oat_key added = key_of(next->place, count);
        assert_int_equal(oat_key_compare(next, &added), 0);
        int order = n == 0 ? -1 : oat_key_compare(&last, next);
        assert_true(order < 0 || (order == 0 && last.place < next->place));
        last = *next;
    }
    assert_int_equal(oat_key_sorter_next(sorter, &next), OAT_NOTFOUND);
}

static void sort(const struct fixture *f, size_t memory_bytes, uint32_t count)
{
    struct oat_key_sorter *sorter;
    assert_int_equal(oat_key_sorter_new(f->dir_fd, memory_bytes, &sorter), OAT_OK);
    add_all(sorter, count);
    check_all(sorter, count);
    oat_key_sorter_free(sorter);
}

static void keys_come_in_order(void **state)
{
    sort(*state, 1 << 20, 3000);
}

static void many_runs_are_merged(void **state)
{
    sort(*state, 0, 60000);
}

static void runs_longer_than_what_is_read_at_once_are_merged(void **state)
{
    sort(*state, 4 << 20, 120000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_come_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_runs_are_merged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_longer_than_what_is_read_at_once_are_merged, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
