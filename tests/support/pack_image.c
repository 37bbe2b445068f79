#include "tests/support/pack_image.h"

#include "format/hash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_SEED UINT64_C(0x5eedf00d5eedf00d) /* of section_image.c */

static uint32_t next_row(uint32_t *count)
{
    if (*count == OAT_PACK_IMAGE_ROWS)
        abort();
    return (*count)++;
}

void oat_pack_image_begin(struct oat_pack_image *image)
{
    memset(image, 0, sizeof *image);
    oat_section_image_begin(&image->file, OAT_MAGIC_PACK, OAT_PACK_IMAGE_NONCE);
}

uint32_t oat_pack_image_group(struct oat_pack_image *image, uint32_t first, const void *bytes, size_t len)
{
    uint32_t row = next_row(&image->group_count);
    uint64_t offset = oat_section_image_append(&image->file, bytes, len);
    image->groups[OAT_COL_CHUNK_GROUP_OFFSET][row] = offset / 8;
    image->groups[OAT_COL_CHUNK_GROUP_STORED_LEN][row] = len;
    image->groups[OAT_COL_CHUNK_GROUP_RAW_LEN][row] = len;
    image->groups[OAT_COL_CHUNK_GROUP_FIRST][row] = first;
    image->groups[OAT_COL_CHUNK_GROUP_CODEC][row] = OAT_CODEC_RAW;
    image->groups[OAT_COL_CHUNK_GROUP_CHECK][row] =
        oat_section_check(bytes, len, OAT_PACK_IMAGE_NONCE, offset);
    return row;
}

uint32_t oat_pack_image_chunk(struct oat_pack_image *image, const void *bytes, size_t len)
{
    uint32_t row = next_row(&image->chunk_count);
    image->chunks[OAT_COL_CHUNK_RAW_LEN][row] = len;
    if (len > 0)
        oat_edges_of(bytes, len, image->edges + (size_t)row * OAT_EDGES_SIZE);
    return row;
}

uint32_t oat_pack_image_text(struct oat_pack_image *image, const char *text)
{
    uint32_t chunk = oat_pack_image_chunk(image, text, strlen(text));
    oat_pack_image_group(image, chunk, text, strlen(text));
    return chunk;
}

uint32_t oat_pack_image_payload(struct oat_pack_image *image, uint64_t kind, uint64_t place, uint64_t raw_len)
{
    uint32_t row = next_row(&image->payload_count);
    image->payloads[OAT_COL_PAYLOAD_KIND][row] = kind;
    image->payloads[OAT_COL_PAYLOAD_PLACE][row] = place;
    image->payloads[OAT_COL_PAYLOAD_RAW_LEN][row] = raw_len;
    return row;
}

uint32_t oat_pack_image_recipe(struct oat_pack_image *image, const void *ops, size_t len, uint64_t raw_len)
{
    size_t place = image->recipes_len;
    if (OAT_PACK_RECIPE_HEAD_MAX + len > sizeof image->recipes - place)
        abort();
    image->recipes_len +=
        oat_pack_recipe_put_head(image->recipes + place, ops, len, OAT_PACK_IMAGE_NONCE, place);
    memcpy(image->recipes + image->recipes_len, ops, len);
    image->recipes_len += len;
    return oat_pack_image_payload(image, OAT_PAYLOAD_RECIPE, place, raw_len);
}

static void add_table(struct oat_pack_image *image, enum oat_table_id table,
                      uint64_t (*rows)[OAT_PACK_IMAGE_ROWS], unsigned columns, uint32_t count)
{
    uint16_t numbers[OAT_COL_PAYLOAD_FLAGS + OAT_COL_CHUNK_GROUP_CHECK];
    uint64_t *values[OAT_COL_PAYLOAD_FLAGS + OAT_COL_CHUNK_GROUP_CHECK];
    for (unsigned i = 0; i < columns; i++) {
        numbers[i] = (uint16_t)(i + 1);
        values[i] = rows[i + 1];
    }
    if (count > 0)
        oat_section_image_add_table(&image->file, table, numbers, values, columns, count);
}

/* An index whose signatures are empty. */
static void add_index(struct oat_pack_image *image)
{
    uint8_t index[2 * sizeof(oat_le32) + OAT_PACK_IMAGE_ROWS * (sizeof(oat_le32) + OAT_EDGES_SIZE)] = {0};
    const oat_le32 head[] = {oat_le32_of(image->group_count), oat_le32_of(image->chunk_count)};
    size_t edges_at = sizeof head + (image->group_count + 1) / 2 * 8,
           len = image->chunk_count * OAT_EDGES_SIZE;
    memcpy(index, head, sizeof head);
    memcpy(index + edges_at, image->edges, len);
    oat_section_image_add_raw(&image->file, OAT_SECTION_SIGNATURES, OAT_TABLE_CHUNK_GROUPS, 0, index,
                              edges_at + (len + 7) / 8 * 8);
}

void oat_pack_image_end(struct oat_pack_image *image)
{
    add_table(image, OAT_TABLE_CHUNKS, image->chunks, OAT_COL_CHUNK_RAW_LEN, image->chunk_count);
    add_table(image, OAT_TABLE_CHUNK_GROUPS, image->groups, OAT_COL_CHUNK_GROUP_CHECK, image->group_count);
    add_table(image, OAT_TABLE_PAYLOADS, image->payloads, OAT_COL_PAYLOAD_FLAGS, image->payload_count);
    oat_section_image_add_raw(&image->file, OAT_SECTION_BYTES, OAT_TABLE_PAYLOADS, OAT_COL_PAYLOAD_PLACE,
                              image->recipes, image->recipes_len);
    add_index(image);
    oat_section_image_end(&image->file);
}

void oat_pack_image_write(const struct oat_pack_image *image, int dir_fd)
{
    int fd = openat(dir_fd, OAT_PACK_IMAGE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, image->file.bytes, image->file.len) != (ssize_t)image->file.len)
        abort();
    close(fd);
}

void oat_pack_image_free(struct oat_pack_image *image)
{
    oat_section_image_free(&image->file);
}
