/* Fuzz target: a pack of any contents never makes its reader crash, loop or read outside, and what it gives
 * is as long as it says; and searching it finds what its payloads have. The input is a list of commands that
 * make a pack whose checksums are right:
 *   0 len bytes...               a chunk, of the group in the making
 *   1 how                        end of the group; how & 1: compressed
 *   2 kind place16 len16 flags   a payload; kind / 16: its media type
 *   3 len16 n ops[n]             a recipe
 *   4 table column row value64   a row that says something else
 *   5 len bytes...               a content that is forgotten
 * Its last bytes are the text that is sought. */
#include "format/forgotten.h"
#include "format/names.h"
#include "format/slot.h"
#include "fuzz/fuzz.h"
#include "oat/oat.h"
#include "reader/text_search.h"
#include "tests/support/pack_image.h"

#include <fcntl.h>
#include <lz4.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECIPES_CAP  60000u
#define CONTENTS_MAX 16u

/* ---- Making the pack ---- */

struct input {
    const uint8_t *at, *end;
};

/* What is forgotten, by ids under the seed of the pack. */
struct contents {
    struct oat_forgotten_content list[CONTENTS_MAX];
    size_t count;
};

static uint64_t take(struct input *in, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n && in->at < in->end; i++)
        x |= (uint64_t)*in->at++ << 8 * i;
    return x;
}

static const uint8_t *take_bytes(struct input *in, size_t *len)
{
    const uint8_t *bytes = in->at;
    if (*len > (size_t)(in->end - in->at))
        *len = (size_t)(in->end - in->at);
    in->at += *len;
    return bytes;
}

/* The group in the making. */
struct group {
    uint8_t raw[65536];
    size_t len;
    uint32_t first;
};

static void end_group(struct oat_pack_image *image, struct group *group, bool compress)
{
    static char packed[LZ4_COMPRESSBOUND(65536)];
    int n = compress ? LZ4_compress_default((const char *)group->raw, packed, (int)group->len, sizeof packed)
                     : (int)group->len;
    if (image->group_count == OAT_PACK_IMAGE_ROWS)
        return;
    uint32_t row =
        oat_pack_image_group(image, group->first, compress ? (const void *)packed : group->raw, (size_t)n);
    image->groups[OAT_COL_CHUNK_GROUP_RAW_LEN][row] = group->len;
    image->groups[OAT_COL_CHUNK_GROUP_CODEC][row] = compress ? OAT_CODEC_LZ4 : OAT_CODEC_RAW;
    group->len = 0;
    group->first = image->chunk_count;
}

static void add_chunk(struct oat_pack_image *image, struct group *group, struct input *in)
{
    size_t len = (size_t)take(in, 1);
    const uint8_t *bytes = take_bytes(in, &len);
    if (image->chunk_count == OAT_PACK_IMAGE_ROWS || len > sizeof group->raw - group->len)
        return;
    oat_pack_image_chunk(image, bytes, len);
    memcpy(group->raw + group->len, bytes, len);
    group->len += len;
}

static void add_recipe(struct oat_pack_image *image, struct input *in)
{
    uint64_t raw_len = take(in, 2);
    size_t len = (size_t)take(in, 1);
    const uint8_t *ops = take_bytes(in, &len);
    if (image->payload_count < OAT_PACK_IMAGE_ROWS && image->recipes_len < RECIPES_CAP)
        oat_pack_image_recipe(image, ops, len, raw_len);
}

static void add_payload(struct oat_pack_image *image, struct input *in)
{
    uint64_t kind = take(in, 1), place = take(in, 2), raw_len = take(in, 2), flags = take(in, 1);
    if (image->payload_count == OAT_PACK_IMAGE_ROWS)
        return;
    uint32_t number = oat_pack_image_payload(image, kind % 16, place, raw_len);
    image->payloads[OAT_COL_PAYLOAD_MEDIA][number] = kind / 16;
    image->payloads[OAT_COL_PAYLOAD_FLAGS][number] = flags;
}

static void change_row(struct oat_pack_image *image, struct input *in)
{
    uint64_t table = take(in, 1) % 2, column = take(in, 1), row = take(in, 1), value = take(in, 8);
    if (table == 0)
        image->chunks[1 + column % OAT_COL_CHUNK_RAW_LEN][row] = value;
    else
        image->groups[1 + column % OAT_COL_CHUNK_GROUP_CHECK][row] = value;
}

static void forget(struct contents *contents, struct input *in)
{
    size_t len = (size_t)take(in, 1);
    const uint8_t *bytes = take_bytes(in, &len);
    if (contents->count == CONTENTS_MAX)
        return;
    struct oat_forgotten_content *content = &contents->list[contents->count++];
    *content = (struct oat_forgotten_content){.id = oat_content_id_of(bytes, len, OAT_SECTION_IMAGE_SEED),
                                              .raw_len = len};
    memset(content->redaction_id, (int)contents->count, sizeof content->redaction_id);
}

/* Returns whether all rows say what is. */
static bool make_pack(struct oat_pack_image *image, struct contents *contents, struct input in)
{
    static struct group group;
    bool right = true;
    group.len = group.first = 0;
    oat_pack_image_begin(image);
    while (in.at < in.end) {
        switch (take(&in, 1) % 6) {
        case 0:
            add_chunk(image, &group, &in);
            break;
        case 1:
            end_group(image, &group, take(&in, 1) & 1);
            break;
        case 2:
            add_payload(image, &in);
            break;
        case 3:
            add_recipe(image, &in);
            break;
        case 4:
            change_row(image, &in);
            right = false;
            break;
        default:
            forget(contents, &in);
        }
    }
    oat_pack_image_end(image);
    return right;
}

/* ---- Reading it ---- */

static int add_piece(void *arg, const uint8_t *literal, size_t len, uint32_t chunk, bool base64)
{
    uint64_t *sum = arg;
    (void)literal, (void)chunk, (void)base64;
    *sum += len;
    return OAT_OK;
}

static void read_payload(struct oat_pack *pack, uint32_t number)
{
    struct oat_pack_payload payload;
    uint8_t *all, *prefix;
    size_t len, prefix_len;
    uint64_t sum = 0;
    if (oat_pack_payload(pack, number, &payload) != OAT_OK)
        return;
    int result = oat_pack_read(pack, number, SIZE_MAX, &all, &len, NULL);
    fuzz_require(result == OAT_OK || result == OAT_E_CORRUPT);
    if (result != OAT_OK)
        return;
    fuzz_require(len == payload.raw_len && all[len] == '\0');
    fuzz_require(oat_pack_pieces(pack, number, add_piece, &sum) == OAT_OK && sum == len);
    fuzz_require(oat_pack_read(pack, number, len / 2, &prefix, &prefix_len, NULL) == OAT_OK);
    fuzz_require(prefix_len == len / 2 && memcmp(prefix, all, prefix_len) == 0);
    free(prefix);
    free(all);
}

/* What is forgotten reads as its marker, other chunks as they are. */
static void check_chunk(const struct oat_forgotten *forgotten, const uint8_t *raw, const uint8_t *shown,
                        size_t len)
{
    uint8_t expected[UINT8_MAX];
    if (len == 0 || len > sizeof expected)
        return;
    memcpy(expected, raw, len);
    oat_forgotten_mask(forgotten, expected, len);
    fuzz_require(memcmp(shown, expected, len) == 0);
}

static void read_chunks(struct oat_pack *pack, const struct oat_forgotten *forgotten)
{
    struct oat_pack_decoder *decoder = oat_pack_decoder_new(pack), *unmasked = oat_pack_decoder_new(pack);
    fuzz_require(decoder && unmasked);
    oat_pack_decoder_set_forgotten(unmasked, NULL);
    for (uint32_t chunk = 0; chunk < oat_pack_chunk_count(pack); chunk++) {
        const uint8_t *bytes, *raw;
        size_t len, unmasked_len;
        uint32_t raw_len;
        if (oat_pack_chunk(decoder, chunk, &bytes, &len) != OAT_OK)
            continue;
        fuzz_require(oat_pack_chunk_len(pack, chunk, &raw_len) == OAT_OK && raw_len == len);
        fuzz_require(oat_pack_chunk(unmasked, chunk, &raw, &unmasked_len) == OAT_OK && unmasked_len == len);
        check_chunk(forgotten, raw, bytes, len);
    }
    oat_pack_decoder_free(unmasked);
    oat_pack_decoder_free(decoder);
}

/* Text in markers is not sought, nor in attributes. */
static void search(struct oat_pack *pack, const char *text, size_t len, bool right, bool has_markers)
{
    struct oat_text_match *match;
    uint64_t found[OAT_PACK_IMAGE_ROWS / 64 + 1] = {0};
    if (len == 0 || oat_text_match_create(text, len, &match) != OAT_OK)
        return;
    fuzz_require(oat_text_search(pack, match, found) == OAT_OK);
    for (uint32_t n = 0; n < oat_pack_payload_count(pack) && right; n++) {
        struct oat_pack_payload payload;
        uint8_t *bytes;
        size_t bytes_len;
        if (oat_pack_payload(pack, n, &payload) != OAT_OK || payload.media == OAT_MEDIA_ATTRS ||
            oat_pack_read_text(pack, n, 0, UINT64_MAX, &bytes, &bytes_len) != OAT_OK)
            continue;
        bool is_there = oat_text_match_in(match, bytes, bytes_len), is_found = found[n / 64] >> n % 64 & 1;
        fuzz_require(is_there == is_found || (is_there && has_markers));
        free(bytes);
    }
    oat_text_match_free(match);
}

static char dir[] = "/tmp/oat-fuzz-pack-XXXXXX";

static void remove_dir(void)
{
    char path[sizeof dir + sizeof OAT_PACK_IMAGE_NAME];
    snprintf(path, sizeof path, "%s/%s", dir, OAT_PACK_IMAGE_NAME);
    unlink(path);
    rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oat_pack_image image;
    struct contents contents = {.count = 0};
    static int dir_fd = -1;
    struct oat_problems problems;
    struct oat_pack *pack;
    if (dir_fd < 0) {
        fuzz_require(mkdtemp(dir) != NULL);
        atexit(remove_dir);
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    bool right = make_pack(&image, &contents, (struct input){data, data + size});
    struct oat_forgotten *forgotten =
        oat_forgotten_new(contents.list, contents.count, OAT_SECTION_IMAGE_SEED);
    fuzz_require(forgotten != NULL);
    oat_pack_image_write(&image, dir_fd);
    oat_pack_image_free(&image);
    oat_problems_init(&problems);
    fuzz_require(oat_pack_map(dir_fd, OAT_PACK_IMAGE_NAME, &problems, &pack) == OAT_OK);
    fuzz_require(oat_pack_check(pack, OAT_PACK_IMAGE_NONCE) == OAT_OK);
    oat_pack_set_forgotten(pack, forgotten);
    for (uint32_t n = 0; n < oat_pack_payload_count(pack); n++)
        read_payload(pack, n);
    read_chunks(pack, forgotten);
    size_t text_len = size > 0 ? data[size - 1] % 4u + 1 : 0;
    if (text_len <= size)
        search(pack, (const char *)data + size - text_len, text_len, right, contents.count > 0);
    oat_pack_close(pack);
    oat_forgotten_free(forgotten);
    oat_problems_clear(&problems);
    return 0;
}
