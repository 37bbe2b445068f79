/* Reads bytes as the index of a store's traces, beside a MANIFEST that has the parts which the seed is of:
 * what it says of a trace is a part that it covers, or that it tells nothing. */
#include "fuzz/section_file.h"
#include "fuzz/small_store.h"

#include "format/sections.h"
#include "reader/trace_index.h"

#include <string.h>

#define PLACES_MAX 8u

static struct oat_manifest_part parts[] = {
    {.day = 20779, .generation = 2, .nonce = UINT64_C(13383918224908662053), .traces = 21},
    {.day = 20780, .generation = 3, .nonce = UINT64_C(10526289342063126742), .traces = 1},
};

static void look_up(struct oat_trace_index *index, const uint8_t trace_id[16])
{
    struct oat_trace_place places[PLACES_MAX];
    size_t count = 0;
    if (!oat_trace_index_find(index, trace_id, places, PLACES_MAX, &count))
        return;
    fuzz_require(count <= PLACES_MAX);
    for (size_t i = 0; i < count; i++) {
        fuzz_require(places[i].part < sizeof parts / sizeof *parts);
        fuzz_require(oat_trace_index_covers(index, places[i].part));
    }
}

static void read_index(const uint8_t *bytes, size_t len)
{
    const struct oat_manifest manifest = {.generation = 4, .parts = parts, .part_count = 2};
    struct oat_trace_index *index;
    int fd = fuzz_small_store(OAT_TRACE_INDEX_NAME, bytes, len);
    if (oat_trace_index_open(fd, &manifest, &index) != OAT_OK)
        return;
    fuzz_sink += (unsigned)oat_trace_index_generation(index);
    for (unsigned i = 0; i < 64; i++) {
        uint8_t trace_id[16];
        memset(trace_id, (int)i, sizeof trace_id);
        look_up(index, trace_id);
    }
    oat_trace_index_close(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_section_file(data, size, OAT_MAGIC_TRACES, read_index);
    return 0;
}
