/* Bytes of a store's packs, and of the same chunks, one after the other, as the LZ4 frame that the
 * lz4 tool would make of them by default.
 *
 *   pack_size --dir DIR */
#include "bench/support/arguments.h"
#include "bench/support/options.h"
#include "format/sections.h"
#include "reader/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct totals {
    uint64_t chunks, raw_bytes, lz4_bytes, pack_bytes, text_index_bytes;
} totals;

/* The bytes of a whole file; the caller frees them. */
static uint8_t *read_whole(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        oat_bench_fail(path);
    long len = ftell(file);
    uint8_t *bytes = malloc((size_t)len + 1);
    rewind(file);
    if (!bytes || fread(bytes, 1, (size_t)len, file) != (size_t)len)
        oat_bench_fail(path);
    fclose(file);
    *ret_len = (size_t)len;
    return bytes;
}

/* Sizes of the file; returns its nonce. */
static uint64_t add_file(const char *path, totals *sum)
{
    struct oat_sections sections;
    const char *what;
    uint64_t offset;
    size_t len;
    uint8_t *bytes = read_whole(path, &len);
    if (oat_sections_open(bytes, len, OAT_MAGIC_PACK, &sections, &what, &offset) != OAT_OK)
        oat_bench_fail(path);
    for (uint32_t i = 0; i < sections.count; i++)
        if (oat_le16_get(sections.directory[i].kind) == OAT_SECTION_SIGNATURES)
            sum->text_index_bytes += oat_le64_get(sections.directory[i].stored_len);
    sum->pack_bytes += len;
    uint64_t nonce = sections.nonce;
    free(bytes);
    return nonce;
}

/* The chunks of a pack, one after the other; the caller frees them. */
static uint8_t *concatenate(struct oat_pack *pack, size_t *ret_len)
{
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack);
    uint8_t *all = NULL;
    size_t all_len = 0, room = 0;
    for (uint32_t chunk = 0; chunk < oat_pack_chunk_count(pack); chunk++) {
        const uint8_t *bytes;
        size_t len;
        if (!decoder || oat_pack_chunk(decoder, chunk, &bytes, &len) != OAT_OK)
            oat_bench_fail("a chunk");
        if (room - all_len < len) {
            room = 2 * room + len;
            all = realloc(all, room);
            if (!all)
                oat_bench_fail("memory");
        }
        memcpy(all + all_len, bytes, len);
        all_len += len;
    }
    oat_pack_decoder_free(decoder);
    *ret_len = all_len;
    return all;
}

static void add_pack(const char *path, totals *sum)
{
    struct oat_problems problems;
    struct oat_pack *pack;
    size_t len;
    uint64_t nonce = add_file(path, sum);
    oat_problems_init(&problems);
    if (oat_pack_map(AT_FDCWD, path, &problems, &pack) != OAT_OK || oat_pack_check(pack, nonce) != OAT_OK)
        oat_bench_fail(path);
    uint8_t *all = concatenate(pack, &len);
    size_t room = LZ4F_compressFrameBound(len, NULL);
    uint8_t *frame = malloc(room);
    size_t frame_len = frame ? LZ4F_compressFrame(frame, room, all, len, NULL) : 0;
    if (frame_len == 0 || LZ4F_isError(frame_len))
        oat_bench_fail("LZ4");
    sum->chunks += oat_pack_chunk_count(pack);
    sum->raw_bytes += len;
    sum->lz4_bytes += frame_len;
    free(frame);
    free(all);
    oat_pack_close(pack);
    oat_problems_clear(&problems);
}

int main(int argc, char **argv)
{
    const char *dir = NULL;
    char pattern[OAT_BENCH_PATH_SIZE];
    glob_t found;
    totals sum = {0};
    const oat_bench_argument arguments[] = {{"dir", "the store", &dir, NULL}};
    oat_bench_arguments(argc, argv, arguments, 1);
    snprintf(pattern, sizeof pattern, "%s/days/*/*.pack", dir);
    if (glob(pattern, 0, NULL, &found) != 0)
        oat_bench_fail(pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_pack(found.gl_pathv[i], &sum);
    globfree(&found);
    printf("{\"chunks\":%" PRIu64 ",\"raw_bytes\":%" PRIu64 ",\"lz4_bytes\":%" PRIu64
           ",\"pack_bytes\":%" PRIu64 ",\"text_index_bytes\":%" PRIu64 "}\n",
           sum.chunks, sum.raw_bytes, sum.lz4_bytes, sum.pack_bytes, sum.text_index_bytes);
    return 0;
}
