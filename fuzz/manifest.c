/* Reads bytes as a MANIFEST. Checksums would keep the fuzzer out, so a file that fails them gets right
 * ones. What is read is written and read again: it has to be the same. */
#include "fuzz/section_file.h"
#include "fuzz/small_store.h"

#include "compactor/manifest_write.h"
#include "format/sections.h"

#include <string.h>

static void check(const struct oat_manifest *m)
{
    fuzz_require(m->catalog_generation < m->generation || m->catalog_generation == 0);
    for (size_t i = 0; i < m->part_count; i++) {
        const struct oat_manifest_part *part = &m->parts[i];
        fuzz_require(part->generation > 0 && part->generation < m->generation);
        fuzz_require(part->min_start_ns <= part->max_start_ns && part->max_start_ns <= part->max_end_ns);
        fuzz_require(i == 0 || part->day > part[-1].day ||
                     (part->day == part[-1].day && part->generation > part[-1].generation));
    }
    for (size_t i = 0; i < m->consumed_count; i++)
        fuzz_require(oat_manifest_consumed(m, m->consumed[i].writer_id, m->consumed[i].seq));
}

static bool same_parts(const struct oat_manifest *a, const struct oat_manifest *b)
{
    uint64_t x[OAT_PART_COLUMNS], y[OAT_PART_COLUMNS];
    for (size_t i = 0; i < a->part_count; i++) {
        oat_manifest_part_to_numbers(&a->parts[i], x);
        oat_manifest_part_to_numbers(&b->parts[i], y);
        if (memcmp(x, y, sizeof x) != 0)
            return false;
    }
    return true;
}

static void read_manifest(const uint8_t *bytes, size_t len)
{
    const struct oat_disk_store store = {.major = oat_le16_of(1)};
    struct oat_problems problems;
    struct oat_manifest first, second;
    int fd = fuzz_small_store(OAT_MANIFEST_NAME, bytes, len);
    oat_problems_init(&problems);
    int result = oat_manifest_read(fd, &problems, &first);
    fuzz_require((result == OAT_OK) == (oat_problems_count(&problems) == 0));
    if (result == OAT_OK) {
        check(&first);
        fuzz_require(oat_manifest_write(fd, &store, &first, 1) == OAT_OK);
        fuzz_require(oat_manifest_read(fd, &problems, &second) == OAT_OK);
        fuzz_require(first.part_count == second.part_count && same_parts(&first, &second));
        fuzz_require(first.consumed_count == second.consumed_count);
        fuzz_require(first.retired_count == second.retired_count);
        fuzz_require(first.catalog_generation == second.catalog_generation);
        oat_manifest_clear(&second);
    }
    oat_manifest_clear(&first);
    oat_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_section_file(data, size, OAT_MAGIC_MANIFEST, read_manifest);
    return 0;
}
