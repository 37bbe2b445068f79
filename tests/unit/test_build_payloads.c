/* What becomes of payloads and attributes when parts are made. */
#include "tests/support/unit.h"

#include "format/attrs.h"
#include "format/names.h"
#include "format/schema.h"
#include "tests/support/shown.h"

/* ---- Payloads and attributes ---- */

/* Encoded attributes: a text that many spans share, one of its own, and an array. */
static struct oat_disk_blob_ref attributes(struct oat_maker_pair *pair, uint32_t n)
{
    uint8_t bytes[1024];
    size_t len = 0;
    char text[32];
    oat_value items[2] = {{.type = OAT_VALUE_BOOL, .u.boolean = n % 2}, {.type = OAT_VALUE_NULL}};
    oat_value values[3] = {
        {.type = OAT_VALUE_STRING, .u.string = text},
        {.type = OAT_VALUE_INT, .u.integer = -(int64_t)n},
        {.type = OAT_VALUE_ARRAY, .len = 2, .u.array = items},
    };
    values[0].len = (size_t)snprintf(text, sizeof text, "region %u", n % 3);
    uint32_t count = n % 9 == 8 ? OAT_ATTRIBUTE_COLUMNS + n : 3; /* more than there are columns */
    bytes[len++] = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        bytes[len++] = 4;
        memcpy(bytes + len, i % 3 == 0 ? "zone" : i % 3 == 1 ? "turn" : "list", 4);
        len += 4;
        len += oat_value_encode(bytes + len, &values[i % 3]);
    }
    return oat_maker_blob(pair, bytes, len, OAT_MEDIA_ATTRS);
}

static struct oat_disk_blob_ref text_blob(struct oat_maker_pair *pair, const char *what, uint32_t n)
{
    char text[64];
    snprintf(text, sizeof text, "{\"%s\": %u}", what, n);
    return oat_maker_blob(pair, text, strlen(text), OAT_MEDIA_JSON);
}

static void payloads_and_attributes_are_kept(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {.threads = 2};
    for (uint8_t writer = 1; writer <= 2; writer++) {
        oat_maker_pair_begin(&pair, &f->maker, writer, 0);
        for (uint32_t n = 1; n <= 200; n++) {
            struct oat_disk_span s =
                oat_maker_span(&pair, n % 7 + 1, n + writer * 1000u, 0, "step", n, n + 5);
            s.input = text_blob(&pair, "question", n % 10);
            s.output = text_blob(&pair, "answer", n);
            if (n % 4 == 0)
                s.error = oat_maker_blob(&pair, "it broke", 8, OAT_MEDIA_TEXT);
            if (n % 5 != 0)
                s.attributes = attributes(&pair, n % 20);
            oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
        }
        oat_maker_pair_write(&pair);
        oat_compact_and_compare(f, &compact);
        assert_int_equal(compact.problems, 0);
    }
    compact.merge = true;
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.part_count, 1);
    assert_int_equal(compact.output.spans, 400);
    assert_int_equal(compact.problems, 0);
}

static void attributes_that_are_not_well_formed_are_kept_as_they_are(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    struct oat_disk_span s = oat_maker_span(&pair, 1, 1, 0, "x", 1, 2);
    s.attributes = oat_maker_blob(&pair, "\xff\xff nonsense", 11, OAT_MEDIA_ATTRS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    s = oat_maker_span(&pair, 1, 2, 0, "empty", 1, 2);
    s.attributes = oat_maker_blob(&pair, "\0", 1, OAT_MEDIA_ATTRS);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    s = oat_maker_span(&pair, 1, 3, 0, "another type", 1, 2);
    s.attributes = oat_maker_blob(&pair, "{}", 2, OAT_MEDIA_JSON);
    oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
}

static void what_is_lost_stays_lost_and_the_rest_is_kept(void **state)
{
    struct oat_fixture *f = *state;
    struct oat_maker_pair pair;
    struct oat_compact compact = {0};
    oat_maker_pair_begin(&pair, &f->maker, 1, 0);
    for (uint32_t n = 1; n <= 5; n++) {
        struct oat_disk_span s = oat_maker_span(&pair, 1, n, 0, "x", n, n + 1);
        s.input = text_blob(&pair, "question", n);
        s.output = text_blob(&pair, "answer", n);
        s.attributes = attributes(&pair, n);
        if (n == 2)
            s.input.flags = OAT_REF_LOST;
        if (n == 3)
            s.text[OAT_TEXT_MODEL] = oat_le32_of(200000); /* no such string */
        if (n == 4)
            s.attributes.offset8 = oat_le32_of(1000000); /* no such entry */
        oat_maker_put(&pair, OAT_SLOT_SPAN, &s);
    }
    uint32_t torn = oat_maker_put(&pair, OAT_SLOT_SPAN,
                                  &(struct oat_disk_span){.trace_id = {1}, .span_id = {1}, .type = 99});
    pair.slots[(size_t)torn * OAT_SLOT_SIZE + 100] ^= 1;
    oat_maker_pair_write(&pair);
    oat_compact_and_compare(f, &compact);
    assert_int_equal(compact.output.spans, 5);
    assert_true(compact.problems > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OAT_FIXTURE_TEST(payloads_and_attributes_are_kept),
        OAT_FIXTURE_TEST(attributes_that_are_not_well_formed_are_kept_as_they_are),
        OAT_FIXTURE_TEST(what_is_lost_stays_lost_and_the_rest_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
