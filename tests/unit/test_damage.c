/* Damage to small golden stores: each flipped bit is reported or harmless, a cut file shows what it
 * still has, and nothing crashes. */
#include "format/limits.h"
#include "tests/support/damage_store.h"
#include "tests/support/golden_test.h"
#include "tests/support/sweep.h"

#include <stdio.h>

static const char *const cases[] = {"minimal", "joined", "other_kinds", "recipes", "attributes", "chunks"};

/* The rest of a .spans header page is Unused and all alike: a few of its bytes are enough. */
static bool is_worth_a_flip(const struct damage_file *file, size_t at)
{
    bool spans = strstr(file->path, ".spans") != NULL;
    return !spans || at < 544 || at >= OAT_SPANS_HEADER_SIZE || at % 512 == 0;
}

static void flip(const struct damage_store *store, const struct damage_file *file, size_t at, unsigned bit,
                 const struct damage_view *whole)
{
    struct damage_view view;
    damage_store_change(file, at, (uint8_t)(file->bytes[at] ^ 1u << bit));
    damage_store_view(store, &view);
    if (view.opened && damage_view_same_problems(&view, whole) && !damage_view_same(&view, whole))
        fail_msg("%s: bit %u of byte %zu flipped: other spans, and nothing is reported", file->path, bit, at);
    damage_store_change(file, at, file->bytes[at]);
}

static void every_flipped_bit_is_reported_or_harmless(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char dir[256];
        struct damage_store store;
        struct damage_view whole;
        snprintf(dir, sizeof dir, "tests/golden/good/v1/%s", cases[c]);
        damage_store_copy(&store, dir);
        damage_store_view(&store, &whole);
        assert_true(whole.opened && whole.span_count > 0);
        for (size_t f = 0; f < store.file_count; f++)
            for (size_t at = 0; at < store.files[f].len; at += OAT_SWEEP_STEP)
                for (unsigned bit = 0; bit < 8; bit++)
                    if (is_worth_a_flip(&store.files[f], at))
                        flip(&store, &store.files[f], at, bit, &whole);
        damage_store_free(&store);
    }
}

static void a_cut_file_shows_only_what_it_has(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (strcmp(cases[c], "joined") == 0)
            continue; /* its tombstone is cut off first, and shows the span that it hid */
        char dir[256];
        struct damage_store store;
        struct damage_view whole, view;
        snprintf(dir, sizeof dir, "tests/golden/good/v1/%s", cases[c]);
        damage_store_copy(&store, dir);
        damage_store_view(&store, &whole);
        for (size_t f = 0; f < store.file_count; f++) {
            for (size_t len = 0; len < store.files[f].len; len += 64) {
                damage_store_cut(&store.files[f], len);
                damage_store_view(&store, &view);
                if (view.opened && damage_view_same_problems(&view, &whole) &&
                    !damage_view_within(&view, &whole))
                    fail_msg("%s cut to %zu bytes: spans that never were, and nothing is reported",
                             store.files[f].path, len);
                damage_store_restore(&store.files[f]);
            }
        }
        damage_store_free(&store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_is_reported_or_harmless),
        cmocka_unit_test(a_cut_file_shows_only_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
