#include "compact.h"

#include "compactor/manifest_write.h"
#include "reader/part.h"
#include "reader/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW_NS (UINT64_C(1795392000000000000))

struct compaction {
    oat_store *store;
    struct oat_sources *sources;
    struct oat_manifest manifest;
    struct oat_part **live;
    size_t live_count;
};

static void open_parts(struct compaction *c, bool merge)
{
    struct oat_problems *problems = &c->sources->problems;
    size_t count = c->manifest.part_count;
    struct oat_part **parts = calloc(count + 1, sizeof(struct oat_part *));
    assert_non_null(parts);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(oat_part_open(c->store->fd, &c->manifest.parts[i], problems, &parts[i]), OAT_OK);
    if (merge) {
        c->sources->parts = parts;
        c->sources->part_count = count;
    } else {
        c->live = parts;
        c->live_count = count;
    }
}

static void begin(struct compaction *c, const char *dir, bool merge)
{
    assert_int_equal(oat_store_open(dir, &c->store), OAT_OK);
    assert_int_equal(oat_sources_open(c->store->fd, &c->sources), OAT_OK);
    assert_int_equal(oat_manifest_read(c->store->fd, &c->sources->problems, &c->manifest), OAT_OK);
    assert_int_equal(oat_sources_add_new(c->sources, &c->manifest), OAT_OK);
    open_parts(c, merge);
}

static void end(struct compaction *c)
{
    for (size_t i = 0; i < c->live_count; i++)
        oat_part_close(c->live[i]);
    free(c->live);
    oat_sources_close(c->sources);
    oat_manifest_clear(&c->manifest);
    oat_store_close(c->store);
}

static int build(struct oat_compact *compact, struct compaction *c)
{
    struct oat_build_input input = {
        .store_fd = c->store->fd,
        .store = &c->store->header,
        .sources = c->sources,
        .live = c->live,
        .live_count = c->live_count,
        .catalog = compact->catalog,
        .first_generation = c->manifest.generation + 1,
        .now_ns = NOW_NS,
        .memory_bytes = compact->memory_bytes ? compact->memory_bytes : UINT64_C(1) << 30,
        .threads = compact->threads ? compact->threads : 1,
    };
    int result = oat_build_parts(&input, &compact->output);
    compact->problems = oat_problems_count(&c->sources->problems);
    return result;
}

/* Puts the new parts in place of the merged ones, or beside them, and removes the pairs. */
static void publish(const struct oat_compact *compact, struct compaction *c)
{
    size_t kept = compact->merge ? 0 : c->manifest.part_count;
    size_t count = kept + compact->output.part_count;
    c->manifest.parts = realloc(c->manifest.parts, (count + 1) * sizeof *c->manifest.parts);
    assert_non_null(c->manifest.parts);
    memcpy(c->manifest.parts + kept, compact->output.parts,
           compact->output.part_count * sizeof *c->manifest.parts);
    c->manifest.part_count = count;
    c->manifest.generation += compact->output.part_count + 1;
    oat_manifest_sort(&c->manifest);
    assert_int_equal(oat_manifest_write(c->store->fd, &c->store->header, &c->manifest, NOW_NS), OAT_OK);
    for (size_t i = 0; i < c->sources->pair_count; i++) {
        assert_int_equal(unlinkat(c->store->fd, c->sources->pairs[i]->spans_path, 0), 0);
        assert_int_equal(unlinkat(c->store->fd, c->sources->pairs[i]->blobs_path, 0), 0);
    }
}

void oat_compact(struct oat_compact *compact, const char *dir)
{
    struct compaction c = {0};
    begin(&c, dir, compact->merge);
    assert_int_equal(build(compact, &c), OAT_OK);
    publish(compact, &c);
    free(compact->output.parts);
    compact->output.parts = NULL;
    end(&c);
}

int oat_compact_only_build(struct oat_compact *compact, const char *dir)
{
    struct compaction c = {0};
    begin(&c, dir, compact->merge);
    int result = build(compact, &c);
    if (result == OAT_OK)
        free(compact->output.parts);
    compact->output.parts = NULL;
    end(&c);
    return result;
}
