/* OTLP protobuf: the reference encoder's bytes, any order, hostile bytes. */
#include "tests/support/damage_guard.h"
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "format/ids.h"
#include "ingest/otlp_proto.h"

/* A message under construction. */
struct bytes {
    uint8_t at[4096];
    size_t len;
};

static void put(struct bytes *b, const void *data, size_t len)
{
    assert_true(len <= sizeof b->at - b->len);
    memcpy(b->at + b->len, data, len);
    b->len += len;
}

static void put_varint(struct bytes *b, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value & 0x7f);
        value >>= 7;
        byte |= value ? 0x80 : 0;
        put(b, &byte, 1);
    } while (value);
}

static void put_field(struct bytes *b, unsigned number, const void *data, size_t len)
{
    put_varint(b, number << 3 | 2);
    put_varint(b, len);
    put(b, data, len);
}

static void put_message(struct bytes *b, unsigned number, const struct bytes *message)
{
    put_field(b, number, message->at, message->len);
}

static void put_text(struct bytes *b, unsigned number, const char *text)
{
    put_field(b, number, text, strlen(text));
}

static void put_fixed64(struct bytes *b, unsigned number, uint64_t value)
{
    put_varint(b, number << 3 | 1);
    for (int i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        put(b, &byte, 1);
    }
}

/* A span with the ids 0101.. and 0202.., named. */
static struct bytes span_named(const char *name)
{
    struct bytes span = {.len = 0};
    uint8_t trace[16], id[8];
    memset(trace, 1, sizeof trace);
    memset(id, 2, sizeof id);
    put_field(&span, 1, trace, sizeof trace);
    put_field(&span, 2, id, sizeof id);
    put_text(&span, 5, name);
    put_fixed64(&span, 7, 1000);
    put_fixed64(&span, 8, 3000);
    return span;
}

/* Wraps spans (concatenated fields 2 of ScopeSpans) into a request. */
static struct bytes request_of(const struct bytes *scope_spans)
{
    struct bytes resource_spans = {.len = 0}, request = {.len = 0};
    put_message(&resource_spans, 2, scope_spans);
    put_message(&request, 1, &resource_spans);
    return request;
}

static struct bytes request_of_span(const struct bytes *span)
{
    struct bytes scope_spans = {.len = 0};
    put_message(&scope_spans, 2, span);
    return request_of(&scope_spans);
}

static int import(struct record *record, const struct bytes *b)
{
    record_init(record);
    return oat_import_otlp_proto(b->at, b->len, &record->sink, &record->report);
}

static void key_value(struct bytes *ret, const char *key, const struct bytes *any_value)
{
    *ret = (struct bytes){.len = 0};
    put_text(ret, 1, key);
    put_message(ret, 2, any_value);
}

static const char golden[] = "0a9a010a150a130a0c736572766963652e6e616d6512030a01731280010a030a017812790a105b8"
                             "efff798038103d269b633813fc60c1208eee19b"
                             "7ec3c1b1742a0663686174206d300339004859e3faeb6f15410012f41efbeb6f154a200a1967656"
                             "e5f61692e75736167652e696e7075745f746f6b"
                             "656e73120318ac024a100a016e120b18ffffffffffffffffff017a051201651802850101010000";

static struct bytes golden_bytes(void)
{
    struct bytes b = {.len = (sizeof golden - 1) / 2};
    assert_true(oat_hex_parse(golden, sizeof golden - 1, b.at, b.len));
    return b;
}

static void the_reference_encoders_bytes_decode(void **state)
{
    (void)state;
    struct record r;
    struct bytes b = golden_bytes();
    assert_int_equal(b.len, 157);
    assert_int_equal(import(&r, &b), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.report.rejected, 0);
    const struct recorded_span *s = &r.spans[0];
    char hex[33];
    oat_hex_print(s->span.trace_id, 16, hex);
    assert_string_equal(hex, "5b8efff798038103d269b633813fc60c");
    oat_hex_print(s->span.span_id, 8, hex);
    assert_string_equal(hex, "eee19b7ec3c1b174");
    assert_string_equal(s->text[OAT_TEXT_NAME], "chat m");
    assert_string_equal(s->text[OAT_TEXT_SERVICE], "s");
    assert_string_equal(s->text[OAT_TEXT_STATUS_MESSAGE], "e");
    assert_int_equal(s->span.status, OAT_STATUS_ERROR);
    assert_int_equal(s->span.otel_status, OAT_OTEL_ERROR);
    assert_true(s->span.has_count[OAT_COUNT_INPUT] && s->span.count[OAT_COUNT_INPUT] == 300);
    assert_true(s->span.start_ns == UINT64_C(1544712660000000000) &&
                s->span.end_ns == UINT64_C(1544712661000000000));
    assert_string_equal(s->attrs,
                        "{\"gen_ai.usage.input_tokens\":300,\"n\":-1,\"otel.scope.name\":\"x\",\"otel.kind\":"
                        "\"client\",\"otel.flags\":257}");
    record_free(&r);
}

static void every_truncation_is_an_error_or_a_rejected_span(void **state)
{
    (void)state;
    struct bytes b = golden_bytes();
    for (size_t n = 1; n < b.len; n++) {
        struct record r;
        uint8_t *guarded = oat_damage_guard(b.at, n);
        record_init(&r);
        assert_int_equal(oat_import_otlp_proto(guarded, n, &r.sink, &r.report), OAT_E_INVALID);
        assert_int_equal(r.count, 0);
        assert_true(strncmp(r.report.place, "byte ", 5) == 0 && r.report.reason[0]);
        record_free(&r);
        oat_damage_guard_free(guarded, n);
    }
}

static void every_flipped_byte_is_survived(void **state)
{
    (void)state;
    struct bytes b = golden_bytes();
    for (size_t at = 0; at < b.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct record r;
            uint8_t *guarded = oat_damage_guard(b.at, b.len);
            guarded[at] ^= (uint8_t)(1u << bit);
            record_init(&r);
            oat_import_otlp_proto(guarded, b.len, &r.sink, &r.report);
            assert_true(r.count <= 1);
            record_free(&r);
            oat_damage_guard_free(guarded, b.len);
        }
}

static void an_empty_request_is_success(void **state)
{
    (void)state;
    struct record r;
    struct bytes b = {.len = 0};
    assert_int_equal(import(&r, &b), OAT_OK);
    assert_int_equal(r.count, 0);
    assert_int_equal(oat_import_otlp_proto(NULL, 0, &r.sink, &r.report), OAT_OK);
    record_free(&r);
}

/* Scope behind its spans, resource behind its scopes, unknown fields of every wire type between. */
static void fields_come_in_any_order_with_unknown_ones_between(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {
        0xa0, 0x06, 0x05,                                           /* 100: varint */
        0xa1, 0x06, 1,    2,    3,    4,    5,    6,    7,    8,    /* 100: fixed64 */
        0xa2, 0x06, 0x02, 0x08, 0x08,                               /* 100: bytes */
        0xa3, 0x06, 0x08, 0x01, 0x0b, 0x12, 0x00, 0x0c, 0xa4, 0x06, /* 100: group with a group inside */
        0xa5, 0x06, 1,    2,    3,    4,                            /* 100: fixed32 */
    };
    struct bytes value = {.len = 0}, pair, resource = {.len = 0}, scope = {.len = 0},
                 scope_spans = {.len = 0}, resource_spans = {.len = 0}, request = {.len = 0},
                 span = span_named("late");
    put_text(&value, 1, "svc");
    key_value(&pair, "service.name", &value);
    put_message(&resource, 1, &pair);
    put_text(&scope, 1, "my-scope");
    put(&span, unknown, sizeof unknown);
    put_message(&scope_spans, 2, &span);
    put(&scope_spans, unknown, sizeof unknown);
    put_message(&scope_spans, 1, &scope);
    put_message(&resource_spans, 2, &scope_spans);
    put(&resource_spans, unknown, sizeof unknown);
    put_message(&resource_spans, 1, &resource);
    put(&request, unknown, sizeof unknown);
    put_message(&request, 1, &resource_spans);

    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.spans[0].text[OAT_TEXT_SERVICE], "svc");
    assert_string_equal(r.spans[0].attrs, "{\"otel.scope.name\":\"my-scope\"}");
    record_free(&r);
}

static void repeated_singular_messages_merge_and_the_last_of_a_oneof_wins(void **state)
{
    (void)state;
    struct bytes span = span_named("merge"), first = {.len = 0}, second = {.len = 0}, value = {.len = 0},
                 pair;
    put_text(&first, 2, "what happened");
    put_varint(&second, 3 << 3);
    put_varint(&second, 2);
    put_message(&span, 15, &first);
    put_message(&span, 15, &second);
    put_text(&value, 1, "text");
    put_varint(&value, 3 << 3);
    put_varint(&value, 7);
    key_value(&pair, "k", &value);
    put_message(&span, 9, &pair);
    struct bytes request = request_of_span(&span);
    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_int_equal(r.spans[0].span.status, OAT_STATUS_ERROR);
    assert_string_equal(r.spans[0].text[OAT_TEXT_STATUS_MESSAGE], "what happened");
    assert_string_equal(r.spans[0].attrs, "{\"k\":7}");
    record_free(&r);
}

static void invalid_ids_reject_the_span_and_the_rest_is_read(void **state)
{
    (void)state;
    struct bytes scope_spans = {.len = 0}, good = span_named("good"), short_id = span_named("short"),
                 zero = span_named("zero");
    uint8_t zeros[16] = {0}, four[4] = {1, 2, 3, 4};
    put_field(&short_id, 2, four, sizeof four);
    put_field(&zero, 1, zeros, sizeof zeros);
    put_message(&scope_spans, 2, &short_id);
    put_message(&scope_spans, 2, &zero);
    put_message(&scope_spans, 2, &good);
    struct bytes request = request_of(&scope_spans);
    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.report.rejected, 2);
    assert_non_null(strstr(r.report.reason, "span id"));
    record_free(&r);
}

static void a_malformed_span_is_rejected_and_the_next_one_read(void **state)
{
    (void)state;
    struct bytes scope_spans = {.len = 0}, bad = span_named("bad"), good = span_named("good");
    static const uint8_t overlong[] = {0x4a, 0xff, 0xff, 0xff, 0xff, 0x0f};
    put(&bad, overlong, sizeof overlong);
    put_message(&scope_spans, 2, &bad);
    put_message(&scope_spans, 2, &good);
    struct bytes request = request_of(&scope_spans);
    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.spans[0].text[OAT_TEXT_NAME], "good");
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.reason, "length reaches behind the message");
    record_free(&r);
}

/* An AnyValue of arrays in arrays. */
static struct bytes nested(unsigned depth)
{
    struct bytes value = {.len = 0};
    for (unsigned i = 0; i < depth; i++) {
        struct bytes array = {.len = 0}, outer = {.len = 0};
        put_message(&array, 1, &value);
        put_message(&outer, 5, &array);
        value = outer;
    }
    return value;
}

static void values_nest_to_a_depth_of_64(void **state)
{
    (void)state;
    static const struct {
        unsigned depth;
        size_t spans;
    } cases[] = {{60, 1}, {200, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes span = span_named("deep"), value = nested(cases[i].depth), pair;
        key_value(&pair, "k", &value);
        put_message(&span, 9, &pair);
        struct bytes request = request_of_span(&span);
        struct record r;
        assert_int_equal(import(&r, &request), OAT_OK);
        assert_int_equal(r.count, cases[i].spans);
        assert_int_equal(r.report.rejected, 1 - cases[i].spans);
        record_free(&r);
    }
}

/* Two bytes that decode to forty, 14 million times. */
static void a_span_that_decodes_to_too_much_is_rejected_alone(void **state)
{
    (void)state;
    enum { VALUES = 14000000 };
    struct bytes good = span_named("good"), ids = span_named("huge"), head = {.len = 0};
    static const uint8_t empty[2] = {0x0a, 0x00};
    size_t map_len = 2u * VALUES;
    /* kvlist > value > key value > attribute > span > scope spans > resource spans, inside out */
    struct bytes levels[6] = {{.len = 0}};
    static const uint8_t fields[6] = {6, 2, 9, 2, 2, 1};
    size_t len = map_len;
    for (int i = 0; i < 6; i++) {
        struct bytes before = {.len = 0};
        if (i == 3)
            before = ids;
        put_varint(&levels[i], (uint64_t)fields[i] << 3 | 2);
        put_varint(&levels[i], len + before.len);
        put(&levels[i], before.at, before.len);
        len += levels[i].len;
    }
    for (int i = 5; i >= 0; i--)
        put(&head, levels[i].at, levels[i].len);
    struct bytes tail = request_of_span(&good);
    uint8_t *request = malloc(head.len + map_len + tail.len);
    assert_non_null(request);
    memcpy(request, head.at, head.len);
    for (size_t i = 0; i < VALUES; i++)
        memcpy(request + head.len + 2 * i, empty, 2);
    memcpy(request + head.len + map_len, tail.at, tail.len);
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_otlp_proto(request, head.len + map_len + tail.len, &r.sink, &r.report),
                     OAT_OK);
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.reason, "over 512 MiB when decoded");
    assert_int_equal(r.count, 1);
    assert_string_equal(r.spans[0].text[OAT_TEXT_NAME], "good");
    record_free(&r);
    free(request);
}

static void endless_groups_and_varints_are_refused(void **state)
{
    (void)state;
    struct bytes groups = {.len = 0}, varint = {.len = 0};
    for (int i = 0; i < 1000; i++) {
        static const uint8_t open = 0x0b;
        put(&groups, &open, 1);
    }
    put_varint(&varint, 1 << 3);
    for (int i = 0; i < 20; i++) {
        static const uint8_t more = 0xff;
        put(&varint, &more, 1);
    }
    struct record r;
    assert_int_equal(import(&r, &groups), OAT_E_INVALID);
    assert_int_equal(import(&r, &varint), OAT_E_INVALID);
    record_free(&r);
}

static void text_that_is_no_utf8_is_kept_as_bytes(void **state)
{
    (void)state;
    struct bytes span = span_named("bytes"), value = {.len = 0}, pair;
    put_field(&value, 1, "a\xff", 2);
    key_value(&pair, "k", &value);
    put_message(&span, 9, &pair);
    struct bytes request = request_of_span(&span);
    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_string_equal(r.spans[0].attrs, "{\"k\":\"Yf8=\"}");
    record_free(&r);
}

static void events_and_links_come_along(void **state)
{
    (void)state;
    struct bytes span = span_named("e"), event = {.len = 0}, link = {.len = 0}, value = {.len = 0}, pair;
    uint8_t trace[16], id[8];
    memset(trace, 0xab, sizeof trace);
    memset(id, 0xcd, sizeof id);
    put_text(&value, 1, "v");
    key_value(&pair, "k", &value);
    put_fixed64(&event, 1, 2000);
    put_text(&event, 2, "ev");
    put_message(&event, 3, &pair);
    put_field(&link, 1, trace, sizeof trace);
    put_field(&link, 2, id, sizeof id);
    put_message(&link, 4, &pair);
    put_message(&span, 11, &event);
    put_message(&span, 13, &link);
    struct bytes request = request_of_span(&span);
    struct record r;
    assert_int_equal(import(&r, &request), OAT_OK);
    assert_string_equal(r.spans[0].events, "[{\"name\":\"ev\",\"time\":2000,\"attrs\":{\"k\":\"v\"}}]");
    assert_string_equal(r.spans[0].links, "[{\"trace\":\"abababababababababababababababab\",\"span\":"
                                          "\"cdcdcdcdcdcdcdcd\",\"attrs\":{\"k\":\"v\"}}]");
    record_free(&r);
}

static void a_failing_sink_ends_the_import_with_its_result(void **state)
{
    (void)state;
    struct record r;
    struct bytes b = golden_bytes();
    record_init(&r);
    r.fail_at = 1;
    assert_int_equal(oat_import_otlp_proto(b.at, b.len, &r.sink, &r.report), OAT_E_FULL);
    record_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_encoders_bytes_decode),
        cmocka_unit_test(every_truncation_is_an_error_or_a_rejected_span),
        cmocka_unit_test(every_flipped_byte_is_survived),
        cmocka_unit_test(an_empty_request_is_success),
        cmocka_unit_test(fields_come_in_any_order_with_unknown_ones_between),
        cmocka_unit_test(repeated_singular_messages_merge_and_the_last_of_a_oneof_wins),
        cmocka_unit_test(invalid_ids_reject_the_span_and_the_rest_is_read),
        cmocka_unit_test(a_malformed_span_is_rejected_and_the_next_one_read),
        cmocka_unit_test(values_nest_to_a_depth_of_64),
        cmocka_unit_test(a_span_that_decodes_to_too_much_is_rejected_alone),
        cmocka_unit_test(endless_groups_and_varints_are_refused),
        cmocka_unit_test(text_that_is_no_utf8_is_kept_as_bytes),
        cmocka_unit_test(events_and_links_come_along),
        cmocka_unit_test(a_failing_sink_ends_the_import_with_its_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
