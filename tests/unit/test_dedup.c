#include "writer/dedup.h"

#include "tests/support/unit.h"

static oat_content_id id_of(uint64_t n)
{
    return oat_content_id_of(&n, sizeof n, 1);
}

static void what_was_put_is_found(void **state)
{
    (void)state;
    uint64_t value = 0;
    oat_dedup *d = oat_dedup_new(1 << 16);
    oat_content_id id = id_of(0);
    assert_false(oat_dedup_find(d, &id, &value));
    for (uint64_t i = 0; i < 10000; i++) {
        id = id_of(i);
        oat_dedup_put(d, &id, i);
    }
    uint64_t found = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        id = id_of(i);
        if (oat_dedup_find(d, &id, &value)) {
            assert_int_equal(value, i);
            found++;
        }
    }
    assert_true(found > 9990);
    id = id_of(10001);
    assert_false(oat_dedup_find(d, &id, &value));
    oat_dedup_free(d);
}

static void the_newer_value_of_an_id_wins(void **state)
{
    (void)state;
    uint64_t value = 0;
    oat_dedup *d = oat_dedup_new(1024);
    oat_content_id id = id_of(7);
    oat_dedup_put(d, &id, 1);
    oat_dedup_put(d, &id, 2);
    assert_true(oat_dedup_find(d, &id, &value));
    assert_int_equal(value, 2);
    oat_dedup_free(d);
}

static void a_full_table_keeps_what_is_asked_for(void **state)
{
    (void)state;
    uint64_t value = 0;
    oat_dedup *d = oat_dedup_new(128);
    oat_content_id wanted = id_of(0);
    oat_dedup_put(d, &wanted, 4711);
    uint64_t found = 0;
    for (uint64_t i = 1; i < 5000; i++) {
        oat_content_id id = id_of(i);
        oat_dedup_put(d, &id, i);
        assert_true(oat_dedup_find(d, &wanted, &value));
        assert_int_equal(value, 4711);
    }
    for (uint64_t i = 1; i < 5000; i++) {
        oat_content_id id = id_of(i);
        found += oat_dedup_find(d, &id, &value);
    }
    assert_in_range(found, 1, 128);
    oat_dedup_free(d);
}

struct worker {
    oat_dedup *d;
    uint64_t wrong;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t value = 0;
        oat_content_id id = id_of(i % 3000);
        if (oat_dedup_find(w->d, &id, &value))
            w->wrong += value != i % 3000;
        else
            oat_dedup_put(w->d, &id, i % 3000);
    }
    return NULL;
}

static void threads_may_share_a_table(void **state)
{
    (void)state;
    struct worker w[2] = {{.d = oat_dedup_new(1 << 14)}};
    w[1].d = w[0].d;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &w[1]), 0);
    work(&w[0]);
    pthread_join(thread, NULL);
    assert_int_equal(w[0].wrong + w[1].wrong, 0);
    oat_dedup_free(w[0].d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found),
        cmocka_unit_test(the_newer_value_of_an_id_wins),
        cmocka_unit_test(a_full_table_keeps_what_is_asked_for),
        cmocka_unit_test(threads_may_share_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
