#include "tests/support/packed.h"

#include "reader/manifest.h"
#include "reader/part.h"
#include "reader/rows.h"
#include "reader/store.h"
#include "tests/support/section_image.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_trace(const void *x, const void *y)
{
    const struct oat_row *a = x, *b = y;
    if (a->trace != b->trace)
        return a->trace < b->trace ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void collect(struct oat_packed *packed)
{
    struct oat_rows rows;
    struct oat_record record;
    oat_rows_init(&rows);
    assert_int_equal(oat_rows_collect(packed->sources, &rows), OAT_OK);
    qsort(rows.rows, rows.row_count, sizeof *rows.rows, by_trace);
    packed->payloads = calloc(rows.row_count * OAT_RECORD_PAYLOADS + 1, sizeof *packed->payloads);
    assert_non_null(packed->payloads);
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct oat_row *row = &rows.rows[i];
        assert_int_equal(oat_record_read(packed->sources, row->source, row->place, &record), OAT_OK);
        for (unsigned p = 0; p < OAT_RECORD_PAYLOADS; p++) {
            struct oat_packed_payload *payload = &packed->payloads[packed->count++];
            *payload = (struct oat_packed_payload){.source = row->source, .payload = record.payload[p]};
            memcpy(payload->span_id, row->span_id, sizeof payload->span_id);
        }
    }
    oat_rows_free(&rows);
}

void oat_packed_open(struct oat_packed *packed, const char *dir)
{
    memset(packed, 0, sizeof *packed);
    oat_problems_init(&packed->problems);
    packed->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(packed->dir_fd >= 0);
    int fd = openat(packed->dir_fd, "STORE", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, &packed->store, sizeof packed->store), sizeof packed->store);
    close(fd);
    assert_int_equal(oat_sources_open(packed->dir_fd, &packed->sources), OAT_OK);
    const struct oat_manifest none = {0};
    assert_int_equal(oat_sources_add_new(packed->sources, &none), OAT_OK);
    collect(packed);
}

int oat_packed_reopen(struct oat_packed *packed)
{
    oat_pack_close(packed->pack);
    packed->pack = NULL;
    int result = oat_pack_map(packed->dir_fd, OAT_PACKED_NAME, &packed->problems, &packed->pack);
    return result == OAT_OK ? oat_pack_check(packed->pack, packed->figures.nonce) : result;
}

void oat_packed_make(struct oat_packed *packed, unsigned threads, uint64_t memory_bytes, unsigned times)
{
    struct oat_pack_writer *writer;
    const struct oat_pack_options options = {
        .dir_fd = packed->dir_fd,
        .name = OAT_PACKED_NAME,
        .file = {.day = 20000, .generation = 7, .created_ns = 1, .store = &packed->store},
        .threads = threads,
        .memory_bytes = memory_bytes,
    };
    assert_int_equal(oat_pack_writer_new(&options, &writer), OAT_OK);
    for (unsigned n = 0; n < times; n++) {
        for (size_t i = 0; i < packed->count; i++) {
            struct oat_packed_payload *p = &packed->payloads[i];
            assert_int_equal(oat_pack_writer_add(writer, packed->sources, p->source, &p->payload, &p->number),
                             OAT_OK);
        }
    }
    assert_int_equal(oat_pack_writer_finish(writer, &packed->figures), OAT_OK);
    oat_pack_writer_free(writer);
    if (packed->figures.file_bytes > 0)
        assert_int_equal(oat_packed_reopen(packed), OAT_OK);
}

/* ---- As a part ---- */

/* A part without tables beside a pack. */
static void write_part(const struct oat_packed *packed, const char *path)
{
    struct oat_section_image image;
    oat_section_image_begin(&image, OAT_MAGIC_PART, 1);
    oat_section_image_end(&image);
    int fd = openat(packed->dir_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, image.bytes, image.len), image.len);
    close(fd);
    oat_section_image_free(&image);
}

void oat_packed_become_part(struct oat_packed *packed)
{
    char path[64];
    const struct oat_manifest_part entry = {.day = 20000,
                                            .generation = packed->sources->part_count + 1,
                                            .pack_bytes = packed->figures.file_bytes};
    oat_part_file_name(&entry, "pack", path);
    mkdirat(packed->dir_fd, "days", 0700);
    *strrchr(path, '/') = '\0';
    mkdirat(packed->dir_fd, path, 0700);
    oat_part_file_name(&entry, "pack", path);
    assert_int_equal(renameat(packed->dir_fd, OAT_PACKED_NAME, packed->dir_fd, path), 0);
    oat_part_file_name(&entry, "part", path);
    write_part(packed, path);

    struct oat_sources *sources = packed->sources;
    sources->parts = realloc(sources->parts, (sources->part_count + 1) * sizeof *sources->parts);
    assert_non_null(sources->parts);
    assert_int_equal(
        oat_part_open(packed->dir_fd, &entry, &sources->problems, &sources->parts[sources->part_count++]),
        OAT_OK);
    for (size_t i = 0; i < packed->count; i++) {
        struct oat_packed_payload *p = &packed->payloads[i];
        struct oat_pack_payload found;
        if (p->number == 0)
            continue;
        assert_int_equal(oat_pack_payload(packed->pack, p->number - 1, &found), OAT_OK);
        p->source = OAT_SOURCE_PART | (uint32_t)(sources->part_count - 1);
        p->payload = (struct oat_record_payload){.kind = OAT_PLACE_PACK,
                                                 .media = found.media,
                                                 .flags = found.flags,
                                                 .raw_len = found.raw_len,
                                                 .place = p->number - 1};
    }
}

/* ---- Comparing ---- */

/* Does a payload read alike from both? */
static bool is_same(struct oat_packed *packed, const struct oat_packed_payload *p)
{
    struct oat_pack_payload found;
    uint8_t *hot = NULL, *bytes = NULL;
    size_t hot_len = 0, len = 0;
    if (p->payload.kind == OAT_PLACE_NONE || p->number == 0)
        return p->payload.kind == OAT_PLACE_NONE && p->number == 0;
    int expected = oat_record_payload_read(packed->sources, p->source, &p->payload, SIZE_MAX, &hot, &hot_len);
    int result = oat_pack_read(packed->pack, p->number - 1, SIZE_MAX, &bytes, &len, NULL);
    bool same = result == expected && len == hot_len && (len == 0 || memcmp(bytes, hot, len) == 0);
    free(hot);
    free(bytes);
    if (!same || oat_pack_payload(packed->pack, p->number - 1, &found) != OAT_OK)
        return false;
    uint8_t flags = (uint8_t)((p->payload.flags & ~OAT_REF_RECIPE) | (result == OAT_OK ? 0 : OAT_REF_LOST));
    return found.raw_len == p->payload.raw_len && found.media == p->payload.media && found.flags == flags;
}

size_t oat_packed_differences(struct oat_packed *packed)
{
    size_t count = 0;
    for (size_t i = 0; i < packed->count; i++)
        count += !is_same(packed, &packed->payloads[i]);
    return count;
}

void oat_packed_close(struct oat_packed *packed)
{
    oat_pack_close(packed->pack);
    oat_problems_clear(&packed->problems);
    oat_sources_close(packed->sources);
    free(packed->payloads);
    close(packed->dir_fd);
}
