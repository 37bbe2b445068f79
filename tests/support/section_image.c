#include "tests/support/section_image.h"

#include "format/hash.h"
#include "format/limits.h"
#include "format/table.h"

#include <stdlib.h>
#include <string.h>

/* Room for len more bytes behind the end, which moves to a multiple of 8 first. */
static uint8_t *extend(struct oat_section_image *image, size_t len)
{
    size_t begin = (image->len + 7) / 8 * 8;
    uint8_t *bytes = realloc(image->bytes, begin + len);
    if (!bytes)
        abort();
    memset(bytes + image->len, 0, begin + len - image->len);
    image->bytes = bytes;
    image->len = begin + len;
    return bytes + begin;
}

void oat_section_image_begin(struct oat_section_image *image, const char *magic, uint64_t nonce)
{
    struct oat_disk_file_header header = {
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .minor = oat_le16_of(OAT_FORMAT_MINOR),
        .day = oat_le32_of(20000),
        .hash_seed = oat_le64_of(OAT_SECTION_IMAGE_SEED),
        .nonce = oat_le64_of(nonce),
        .generation = oat_le64_of(7),
        .created_ns = oat_le64_of(UINT64_C(1795350896000000000)),
    };
    memset(image, 0, sizeof *image);
    image->nonce = nonce;
    memcpy(header.magic, magic, sizeof header.magic);
    memset(header.store_id, 0x57, sizeof header.store_id);
    oat_file_header_seal(&header);
    memcpy(extend(image, sizeof header), &header, sizeof header);
}

uint64_t oat_section_image_append(struct oat_section_image *image, const void *bytes, size_t len)
{
    uint8_t *at = extend(image, len);
    if (len > 0)
        memcpy(at, bytes, len);
    return (uint64_t)(at - image->bytes);
}

static void add(struct oat_section_image *image, enum oat_section_kind kind, unsigned table, unsigned column,
                enum oat_section_codec codec, const void *stored, size_t stored_len, size_t raw_len)
{
    uint64_t offset = oat_section_image_append(image, stored, stored_len);
    if (image->count == OAT_SECTION_IMAGE_MAX)
        abort();
    image->directory[image->count++] = (struct oat_disk_section){
        .kind = oat_le16_of((uint16_t)kind),
        .table = oat_le16_of((uint16_t)table),
        .column = oat_le16_of((uint16_t)column),
        .codec = (uint8_t)codec,
        .offset = oat_le64_of(offset),
        .stored_len = oat_le64_of(stored_len),
        .raw_len = oat_le64_of(raw_len),
        .check = oat_le64_of(oat_section_check(image->bytes + offset, stored_len, image->nonce, offset)),
    };
}

void oat_section_image_add_raw(struct oat_section_image *image, enum oat_section_kind kind, unsigned table,
                               unsigned column, const void *bytes, size_t len)
{
    add(image, kind, table, column, OAT_CODEC_RAW, bytes, len, len);
}

void oat_section_image_add(struct oat_section_image *image, enum oat_section_kind kind, unsigned table,
                           unsigned column, const void *bytes, size_t len)
{
    size_t stored_len = len;
    uint8_t *packed = malloc(oat_section_bound(len) + 1);
    if (!packed)
        abort();
    uint64_t offset = oat_section_image_append(image, NULL, 0);
    enum oat_section_codec codec = oat_section_pack(bytes, len, image->nonce, offset, packed, &stored_len);
    add(image, kind, table, column, codec, codec == OAT_CODEC_RAW ? bytes : packed, stored_len, len);
    free(packed);
}

void oat_section_image_add_table(struct oat_section_image *image, unsigned table, const uint16_t *columns,
                                 uint64_t *const *values, unsigned column_count, uint32_t rows)
{
    struct oat_disk_group_place places[64];
    uint64_t *from[OAT_TABLE_COLUMNS];
    uint32_t groups = (rows + OAT_GROUP_ROWS - 1) / OAT_GROUP_ROWS;
    uint8_t *group = malloc(oat_group_size_max(column_count));
    if (!group || groups > 64)
        abort();
    for (uint32_t g = 0; g < groups; g++) {
        uint32_t first = g * OAT_GROUP_ROWS;
        uint32_t count = rows - first < OAT_GROUP_ROWS ? rows - first : OAT_GROUP_ROWS;
        for (unsigned c = 0; c < column_count; c++)
            from[c] = values[c] + first;
        uint64_t offset = (uint64_t)(extend(image, 0) - image->bytes);
        size_t len = oat_group_encode(columns, from, column_count, count, group);
        oat_group_seal(group, image->nonce, offset);
        memcpy(extend(image, len), group, len);
        places[g] = (struct oat_disk_group_place){
            .offset = oat_le64_of(offset),
            .len = oat_le32_of((uint32_t)len),
            .rows = oat_le32_of(count),
        };
    }
    oat_section_image_add(image, OAT_SECTION_TABLE, table, 0, places, groups * sizeof *places);
    free(group);
}

void oat_section_image_end(struct oat_section_image *image)
{
    size_t size = image->count * sizeof *image->directory;
    uint8_t *directory = extend(image, size);
    uint64_t offset = (uint64_t)(directory - image->bytes);
    struct oat_disk_file_trailer trailer = {
        .file_len = oat_le64_of(offset + size + sizeof trailer),
        .directory_offset = oat_le64_of(offset),
        .section_count = oat_le32_of(image->count),
    };
    if (size > 0)
        memcpy(directory, image->directory, size);
    memcpy(trailer.magic, OAT_MAGIC_END, sizeof trailer.magic);
    memcpy(extend(image, sizeof trailer), &trailer, sizeof trailer);
    oat_section_image_seal(image);
}

void oat_section_image_seal(struct oat_section_image *image)
{
    size_t size = image->count * sizeof *image->directory;
    struct oat_disk_file_header *header = (void *)image->bytes;
    struct oat_disk_file_trailer *trailer = (void *)(image->bytes + image->len - sizeof *trailer);
    const uint8_t *directory = (const uint8_t *)trailer - size;
    oat_file_header_seal(header);
    trailer->directory_check = oat_le64_of(oat_hash64(directory, size, image->nonce));
    oat_file_trailer_seal(trailer, image->nonce);
}

void oat_section_image_free(struct oat_section_image *image)
{
    free(image->bytes);
    memset(image, 0, sizeof *image);
}
