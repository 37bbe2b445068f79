/* One snapshot, read by several threads at once. */
#include "tests/support/nth.h"
#include "tests/support/reader_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#define THREADS 4
#define TRACES  40

/* Sums up all texts and payloads of the snapshot. */
static void *read_all(void *arg)
{
    const oat_snapshot *snapshot = arg;
    uintptr_t sum = 0;
    for (size_t i = 0; i < oat_nth_count(snapshot); i++) {
        oat_span_view *spans;
        size_t count, len;
        uint8_t *bytes;
        if (oat_nth_spans(snapshot, i, &spans, &count) != OAT_OK)
            return NULL;
        for (size_t k = 0; k < count; k++) {
            sum = sum * 31 + spans[k].text[OAT_TEXT_NAME].len;
            if (oat_payload_read(snapshot, &spans[k].input, &bytes, &len) != OAT_OK)
                continue;
            for (size_t b = 0; b < len; b++)
                sum = sum * 31 + bytes[b];
            free(bytes);
        }
        free(spans);
    }
    return (void *)(sum | 1);
}

static void threads_read_the_same_from_one_snapshot(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    for (uint32_t seq = 0; seq < 2; seq++) {
        oat_maker_pair_begin(&pair, &f->maker, 1, seq);
        for (uint32_t i = 1; i <= TRACES; i++) {
            struct oat_disk_span span = oat_maker_span(&pair, seq * TRACES + i, i, 0, "a name", i, 1000);
            span.input = oat_maker_blob(&pair, &span, sizeof span, 0);
            oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
        }
        struct oat_disk_span damaged = oat_maker_span(&pair, seq * TRACES + 1, 99, 0, "damaged", 1, 2);
        damaged.input = oat_blob_ref_make(64, damaged.span_id, 5, 0, 0);
        oat_maker_put(&pair, OAT_SLOT_SPAN, &damaged);
        oat_maker_pair_write(&pair);
    }
    oat_fixture_take(f);
    pthread_t threads[THREADS];
    void *sums[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, f->snapshot), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], &sums[i]);
    for (int i = 0; i < THREADS; i++) {
        assert_non_null(sums[i]);
        assert_ptr_equal(sums[i], sums[0]);
    }
    assert_int_equal(oat_fixture_problems(f, OAT_PROBLEM_LOST), 2 * THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(threads_read_the_same_from_one_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
