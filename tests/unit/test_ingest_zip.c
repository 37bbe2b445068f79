/* Zip archives: what is read, and that no archive reads outside itself. */
#include "tests/support/damage_guard.h"
#include "tests/support/record_sink.h"
#include "tests/support/unit.h"

#include "ingest/detect.h"
#include "ingest/zip.h"

#include <zlib.h>

struct archive {
    uint8_t at[8192];
    size_t len;
    uint8_t directory[2048];
    size_t directory_len;
    unsigned entries;
};

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value & 0xffff);
    put16(p + 2, value >> 16);
}

static size_t deflate_raw(const char *text, uint8_t *ret, size_t room)
{
    z_stream stream = {0};
    uint8_t copy[4096];
    size_t len = strlen(text);
    assert_true(len < sizeof copy);
    memcpy(copy, text, len);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = copy;
    stream.avail_in = (unsigned)len;
    stream.next_out = ret;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void add(struct archive *a, const char *name, const char *text, bool packed)
{
    uint8_t data[4096], local[30] = {'P', 'K', 3, 4}, central[46] = {'P', 'K', 1, 2};
    size_t name_len = strlen(name), raw = strlen(text), len = raw;
    uint8_t copy[4096];
    memcpy(copy, text, raw);
    if (packed)
        len = deflate_raw(text, data, sizeof data);
    else
        memcpy(data, text, raw);
    put16(local + 26, (unsigned)name_len);
    put16(central + 10, packed ? 8 : 0);
    put32(central + 16, (uint32_t)crc32(0, copy, (unsigned)raw));
    put32(central + 20, (uint32_t)len);
    put32(central + 24, (uint32_t)raw);
    put16(central + 28, (unsigned)name_len);
    put32(central + 42, (uint32_t)a->len);
    memcpy(a->at + a->len, local, sizeof local);
    memcpy(a->at + a->len + sizeof local, name, name_len);
    memcpy(a->at + a->len + sizeof local + name_len, data, len);
    a->len += sizeof local + name_len + len;
    memcpy(a->directory + a->directory_len, central, sizeof central);
    memcpy(a->directory + a->directory_len + sizeof central, name, name_len);
    a->directory_len += sizeof central + name_len;
    a->entries++;
}

static void close_archive(struct archive *a)
{
    uint8_t end[22] = {'P', 'K', 5, 6};
    put16(end + 8, a->entries);
    put16(end + 10, a->entries);
    put32(end + 12, (uint32_t)a->directory_len);
    put32(end + 16, (uint32_t)a->len);
    memcpy(a->at + a->len, a->directory, a->directory_len);
    a->len += a->directory_len;
    memcpy(a->at + a->len, end, sizeof end);
    a->len += sizeof end;
}

#define SAMPLE "{\"id\":1,\"messages\":[{\"role\":\"user\"},{\"role\":\"assistant\"}]}"

static struct archive log_archive(void)
{
    struct archive a = {.len = 0};
    add(&a, "header.json", "{\"eval\":{\"task\":\"zipped\",\"model\":\"m\"}}", true);
    add(&a, "samples/1_epoch_1.json", SAMPLE, true);
    add(&a, "summaries.json", "[]", false);
    close_archive(&a);
    return a;
}

static void stored_and_deflated_entries_are_read(void **state)
{
    (void)state;
    struct archive a = log_archive();
    struct oat_zip zip;
    struct oat_zip_entry entry;
    uint8_t *bytes;
    size_t len, entries = 0;
    assert_true(oat_zip_open(&zip, a.at, a.len));
    while (oat_zip_next(&zip, &entry)) {
        assert_int_equal(oat_zip_read(&zip, &entry, 1000, &bytes, &len), OAT_OK);
        if (entries == 1)
            assert_string_equal((char *)bytes, SAMPLE);
        free(bytes);
        entries++;
    }
    assert_int_equal(entries, 3);
    assert_false(oat_zip_is_damaged(&zip));
}

static void an_inspect_archive_imports(void **state)
{
    (void)state;
    struct archive a = log_archive();
    struct record r;
    record_init(&r);
    assert_int_equal(oat_import_chat(a.at, a.len, &r.sink, &r.report), OAT_OK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.spans[0].text[OAT_TEXT_NAME], "zipped");
    assert_string_equal(r.spans[1].input, "[{\"role\":\"user\"}]");
    record_free(&r);
}

static void sizes_that_lie_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    struct archive a = log_archive();
    struct oat_zip zip;
    struct oat_zip_entry entry;
    uint8_t *bytes;
    size_t len;
    assert_true(oat_zip_open(&zip, a.at, a.len));
    assert_true(oat_zip_next(&zip, &entry));
    assert_int_equal(oat_zip_read(&zip, &entry, 3, &bytes, &len), OAT_E_LIMIT);
    entry.raw_len = 0x7fffffff;
    assert_int_equal(oat_zip_read(&zip, &entry, SIZE_MAX, &bytes, &len), OAT_E_CORRUPT);
    entry.raw_len = 10;
    assert_int_equal(oat_zip_read(&zip, &entry, SIZE_MAX, &bytes, &len), OAT_E_CORRUPT);
    entry.method = 12;
    assert_int_equal(oat_zip_read(&zip, &entry, SIZE_MAX, &bytes, &len), OAT_E_UNSUPPORTED);
}

static void every_truncation_and_flip_is_survived(void **state)
{
    (void)state;
    struct archive a = log_archive();
    for (size_t n = 0; n < a.len; n++) {
        struct record r;
        uint8_t *cut = oat_damage_guard(a.at, n), *flipped = oat_damage_guard(a.at, a.len);
        record_init(&r);
        oat_import_chat(cut, n, &r.sink, &r.report);
        flipped[n] ^= 0x55;
        oat_import_chat(flipped, a.len, &r.sink, &r.report);
        record_free(&r);
        oat_damage_guard_free(cut, n);
        oat_damage_guard_free(flipped, a.len);
    }
}

static void a_damaged_sample_is_rejected_by_name(void **state)
{
    (void)state;
    struct archive a = {.len = 0};
    struct record r;
    add(&a, "samples/1_epoch_1.json", "{\"id\":", false);
    add(&a, "samples/2_epoch_1.json", SAMPLE, false);
    close_archive(&a);
    record_init(&r);
    assert_int_equal(oat_import_chat(a.at, a.len, &r.sink, &r.report), OAT_OK);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.report.rejected, 1);
    assert_string_equal(r.report.place, "samples/1_epoch_1.json");
    record_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_deflated_entries_are_read),
        cmocka_unit_test(an_inspect_archive_imports),
        cmocka_unit_test(sizes_that_lie_are_refused_before_memory_is_taken),
        cmocka_unit_test(every_truncation_and_flip_is_survived),
        cmocka_unit_test(a_damaged_sample_is_rejected_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
