/* Flipped bits in a pack, and disks that fail while one is written. */
#include "oat/oat.h"
#include "tests/support/fs_fault.h"
#include "tests/support/packed.h"
#include "tests/support/reader_fixture.h"
#include "tests/support/sweep.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY (UINT64_C(1) << 20)
#define SPANS  12u

/* Spans with a growing input, an output and an error of their own. */
static void make_store(struct oat_maker *maker)
{
    struct oat_maker_pair pair;
    char text[SPANS * 16] = "";
    struct oat_disk_blob_ref ref = {0};
    oat_maker_open(maker);
    oat_maker_pair_begin(&pair, maker, 1, 0);
    pair.sealed = true;
    for (uint32_t n = 0; n < SPANS; n++) {
        uint8_t ops[128];
        char output[400];
        size_t before = strlen(text), len = 0;
        struct oat_disk_span span = oat_maker_span(&pair, 1, n + 1, 0, "span", n, n + 1);
        snprintf(output, sizeof output, "{\"answer\":%u,\"filler\":\"%0200u\"}", n, n);
        span.output = oat_maker_blob(&pair, output, strlen(output), 2);
        snprintf(text + before, sizeof text - before, "message %u;", n);
        if (n > 0)
            len = oat_recipe_put_base(ops, pair.blobs_len, oat_blob_ref_offset(&ref), before);
        len += oat_recipe_put_literal(ops + len, text + before, strlen(text) - before);
        ref = oat_maker_recipe(&pair, ops, len, text, strlen(text));
        span.input = ref;
        oat_maker_put(&pair, OAT_SLOT_SPAN, &span);
    }
    oat_maker_pair_write(&pair);
}

/* Reads every payload: each is what it was, or refused and reported. */
static void assert_right_or_reported(struct oat_packed *p, uint8_t *const *expected, const size_t *lens)
{
    size_t refused = 0;
    if (oat_packed_reopen(p) != OAT_OK) {
        assert_true(oat_problems_count(&p->problems) > 0);
        return;
    }
    for (size_t i = 0; i < p->count; i++) {
        uint8_t *bytes;
        size_t len;
        if (p->payloads[i].number == 0)
            continue;
        int result = oat_pack_read(p->pack, p->payloads[i].number - 1, SIZE_MAX, &bytes, &len, NULL);
        refused += result != OAT_OK;
        if (result != OAT_OK)
            continue;
        assert_int_equal(len, lens[i]);
        assert_memory_equal(bytes, expected[i], len);
        free(bytes);
    }
    assert_true(refused == 0 || oat_problems_count(&p->problems) > 0);
    assert_int_equal(oat_pack_verify(p->pack), OAT_OK);
}

static void every_flip_is_reported_or_harmless(void **state)
{
    (void)state;
    struct oat_maker maker;
    struct oat_packed p;
    uint8_t *expected[SPANS * OAT_RECORD_PAYLOADS] = {0};
    size_t lens[SPANS * OAT_RECORD_PAYLOADS] = {0};
    struct stat st;
    make_store(&maker);
    oat_packed_open(&p, maker.dir);
    oat_packed_make(&p, 1, MEMORY, 1);
    for (size_t i = 0; i < p.count; i++)
        if (p.payloads[i].number > 0)
            assert_int_equal(
                oat_pack_read(p.pack, p.payloads[i].number - 1, SIZE_MAX, &expected[i], &lens[i], NULL),
                OAT_OK);
    assert_int_equal(oat_packed_differences(&p), 0);

    int fd = openat(p.dir_fd, OAT_PACKED_NAME, O_RDWR | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    for (off_t at = 0; at < st.st_size; at += OAT_SWEEP_STEP) {
        uint8_t byte, flipped;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        flipped = byte ^ (uint8_t)(1u << at % 8);
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
        assert_right_or_reported(&p, expected, lens);
        /* What is not reported is padding. */
        assert_true(byte == 0 || oat_problems_count(&p.problems) > 0);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        oat_problems_clear(&p.problems);
        oat_problems_init(&p.problems);
    }
    close(fd);
    for (size_t i = 0; i < p.count; i++)
        free(expected[i]);
    oat_packed_close(&p);
    oat_maker_remove(&maker);
}

/* ---- Disks ---- */

static int make_pack(struct oat_packed *p)
{
    struct oat_pack_writer *writer;
    struct oat_pack_figures figures;
    const struct oat_pack_options options = {
        .dir_fd = p->dir_fd,
        .name = OAT_PACKED_NAME,
        .file = {.day = 20000, .generation = 7, .created_ns = 1, .store = &p->store},
        .threads = 2,
        .memory_bytes = MEMORY,
    };
    int result = oat_pack_writer_new(&options, &writer);
    for (size_t i = 0; i < p->count && result == OAT_OK; i++)
        result = oat_pack_writer_add(writer, p->sources, p->payloads[i].source, &p->payloads[i].payload,
                                     &p->payloads[i].number);
    if (result == OAT_OK)
        result = oat_pack_writer_finish(writer, &figures);
    oat_pack_writer_free(writer);
    return result;
}

static size_t count_files(int dir_fd)
{
    size_t count = 0;
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fdopendir(fd);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void a_disk_that_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    struct oat_maker maker;
    struct oat_packed p;
    make_store(&maker);
    oat_packed_open(&p, maker.dir);
    size_t files = count_files(p.dir_fd);
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    assert_int_equal(make_pack(&p), OAT_OK);
    uint64_t calls = oat_fault_calls();
    assert_true(calls >= 4);
    assert_int_equal(unlinkat(p.dir_fd, OAT_PACKED_NAME, 0), 0);
    for (uint64_t n = 0; n < calls; n++) {
        oat_fault_arm(OAT_FAULT_FAIL, n, ENOSPC);
        assert_int_equal(make_pack(&p), OAT_E_FULL);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(count_files(p.dir_fd), files);
    }
    oat_fault_arm(OAT_FAULT_NONE, 0, 0);
    oat_packed_close(&p);
    oat_maker_remove(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flip_is_reported_or_harmless),
        cmocka_unit_test(a_disk_that_fails_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
