/* Reads bytes as a catalog. Checksums would keep the fuzzer out, so a file that fails them gets right
 * ones. */
#include "fuzz/section_file.h"
#include "fuzz/small_store.h"

#include "format/sections.h"
#include "reader/catalog.h"

#include <string.h>

static void check(const struct oat_catalog_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct oat_catalog_entry *entry = &list->entries[i];
        const struct oat_catalog_entry *found = oat_catalog_find(list, entry->of);
        fuzz_require(found != NULL && found <= entry && memcmp(found->of, entry->of, sizeof entry->of) == 0);
        for (size_t k = 0; entry->reason.bytes && k < entry->reason.len; k++)
            fuzz_sink += (unsigned char)entry->reason.bytes[k];
    }
}

static void read_catalog(const uint8_t *bytes, size_t len)
{
    struct oat_manifest manifest = {.generation = 2, .catalog_generation = 1};
    struct oat_disk_file_header header = {0};
    struct oat_problems problems;
    struct oat_catalog catalog;
    memcpy(&header, bytes, len < sizeof header ? len : sizeof header);
    manifest.catalog_nonce = oat_le64_get(header.nonce);
    int fd = fuzz_small_store(OAT_CATALOG_DIR "/0000000000000001.part", bytes, len);
    oat_problems_init(&problems);
    int result = oat_catalog_read(fd, &manifest, &problems, &catalog);
    fuzz_require((result == OAT_OK) == (oat_problems_count(&problems) == 0));
    check(&catalog.tombstones);
    check(&catalog.forgotten);
    oat_catalog_clear(&catalog);
    oat_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_section_file(data, size, OAT_MAGIC_CATALOG, read_catalog);
    return 0;
}
