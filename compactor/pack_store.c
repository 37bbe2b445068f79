#include "compactor/pack_store.h"

#include "format/random.h"

#include <stdlib.h>
#include <string.h>

static const uint16_t payload_columns[] = {OAT_COL_PAYLOAD_KIND, OAT_COL_PAYLOAD_PLACE,
                                           OAT_COL_PAYLOAD_RAW_LEN, OAT_COL_PAYLOAD_MEDIA,
                                           OAT_COL_PAYLOAD_FLAGS};
#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

int oat_pack_store_open(struct oat_pack_store *store, const struct oat_pack_options *options)
{
    struct oat_section_file file = options->file;
    file.magic = OAT_MAGIC_PACK;
    int result = oat_section_writer_open(&store->file, options->dir_fd, options->name, &file);
    if (result != OAT_OK)
        return result;
    store->options = options;
    store->is_open = true;
    oat_spill_init(&store->recipes, options->dir_fd);
    oat_number_map_init(&store->numbers, options->memory_bytes);
    oat_random_bytes(&store->chunk_seed, sizeof store->chunk_seed);
    oat_random_bytes(&store->payload_seed, sizeof store->payload_seed);
    oat_random_bytes(&store->place_seed, sizeof store->place_seed);
    result = oat_chunk_groups_open(&store->chunks, &store->file, options->threads);
    if (result == OAT_OK)
        result = oat_table_writer_open(&store->payloads, &store->file, OAT_TABLE_PAYLOADS, payload_columns,
                                       LENGTH_OF(payload_columns));
    if (result != OAT_OK)
        oat_pack_store_close(store);
    return result;
}

void oat_pack_store_close(struct oat_pack_store *store)
{
    if (!store->is_open)
        return;
    oat_chunk_groups_close(&store->chunks);
    oat_table_writer_close(&store->payloads);
    oat_spill_close(&store->recipes);
    oat_number_map_clear(&store->numbers);
    oat_section_writer_close(&store->file);
    store->is_open = false;
}

/* ---- Chunks ---- */

/* The id in the file can be computed by whoever knows the store's seed, so equal ids prove nothing; the
 * map's keys are hashed under a seed that is known to nobody and forgotten with this pack. */
int oat_pack_store_chunk(struct oat_pack_store *store, const void *bytes, size_t len, struct oat_number *ret)
{
    oat_content_id key = oat_content_id_of(bytes, len, store->chunk_seed);
    if (oat_number_map_get(&store->numbers, &key, ret) && ret->len == len)
        return OAT_OK;
    oat_content_id id = oat_content_id_of(bytes, len, oat_le64_get(store->options->file.store->hash_seed));
    struct oat_number number = {.len = (uint32_t)len};
    int result = oat_chunk_groups_add(&store->chunks, &id, bytes, len, &number.number);
    if (result != OAT_OK)
        return result;
    oat_number_map_put(&store->numbers, &key, number);
    *ret = number;
    return OAT_OK;
}

/* ---- Payloads ---- */

/* What makes a payload what it is; hashed. */
struct identity {
    uint64_t kind, raw_len, media, flags, chunk;
    uint64_t base, base_len; /* base: number + 1 */
    oat_content_id ops;
};

static oat_content_id key_of(const struct oat_pack_store *store, const struct oat_pack_item *item)
{
    struct identity identity = {
        .kind = item->kind,
        .raw_len = item->raw_len,
        .media = item->media,
        .flags = item->flags,
        .chunk = item->chunk,
    };
    if (item->kind == OAT_PAYLOAD_RECIPE)
        identity.ops = oat_content_id_of(item->ops->bytes + OAT_PACK_RECIPE_FRONT,
                                         item->ops->len - OAT_PACK_RECIPE_FRONT, store->payload_seed);
    if (item->base) {
        identity.base = (uint64_t)item->base->number + 1;
        identity.base_len = item->base_len;
    }
    return oat_content_id_of(&identity, sizeof identity, store->payload_seed);
}

/* Writes a recipe: base and head go before its operations. */
static int write_recipe(struct oat_pack_store *store, const struct oat_pack_item *item, uint32_t number)
{
    uint8_t head[OAT_PACK_RECIPE_HEAD_MAX], base[OAT_RECIPE_OP_MAX];
    uint8_t *ops = item->ops->bytes + OAT_PACK_RECIPE_FRONT;
    size_t len = item->ops->len - OAT_PACK_RECIPE_FRONT;
    if (item->base) {
        size_t n = oat_pack_recipe_put_base(base, number - item->base->number, item->base_len);
        ops -= n;
        len += n;
        memcpy(ops, base, n);
    }
    size_t n = oat_pack_recipe_put_head(head, ops, len, store->file.nonce, store->recipes.len);
    int result = oat_spill_append(&store->recipes, head, n);
    return result == OAT_OK ? oat_spill_append(&store->recipes, ops, len) : result;
}

int oat_pack_store_payload(struct oat_pack_store *store, const struct oat_pack_item *item,
                           struct oat_number *ret)
{
    oat_content_id key = key_of(store, item);
    struct oat_table_writer *table = &store->payloads;
    if (oat_number_map_get(&store->numbers, &key, ret) && ret->len == item->raw_len)
        return OAT_OK;
    struct oat_number number = {
        .number = (uint32_t)table->total_rows,
        .len = (uint32_t)item->raw_len,
        .depth = (uint16_t)(1 + (item->base ? item->base->depth : 0)),
        .forgotten = item->flags & OAT_REF_FORGOTTEN,
    };
    bool recipe = item->kind == OAT_PAYLOAD_RECIPE;
    oat_table_writer_set(table, OAT_COL_PAYLOAD_KIND, item->kind);
    oat_table_writer_set(table, OAT_COL_PAYLOAD_PLACE, recipe ? store->recipes.len : item->chunk);
    oat_table_writer_set(table, OAT_COL_PAYLOAD_RAW_LEN, item->raw_len);
    oat_table_writer_set(table, OAT_COL_PAYLOAD_MEDIA, item->media);
    oat_table_writer_set(table, OAT_COL_PAYLOAD_FLAGS, item->flags);
    int result = recipe ? write_recipe(store, item, number.number) : OAT_OK;
    if (result == OAT_OK)
        result = oat_table_writer_next(table);
    if (result != OAT_OK)
        return result;
    oat_number_map_put(&store->numbers, &key, number);
    *ret = number;
    return OAT_OK;
}

/* ---- The end ---- */

/* Recipes have checks of their own and are read one by one, so they are not compressed. */
static int write_recipes(struct oat_pack_store *store)
{
    int result =
        oat_section_writer_begin(&store->file, OAT_SECTION_BYTES, OAT_TABLE_PAYLOADS, OAT_COL_PAYLOAD_PLACE);
    if (result == OAT_OK)
        result = oat_section_writer_add_spill(&store->file, &store->recipes);
    return result == OAT_OK ? oat_section_writer_end(&store->file) : result;
}

int oat_pack_store_finish(struct oat_pack_store *store, struct oat_pack_figures *ret)
{
    struct oat_pack_figures figures = {.nonce = store->file.nonce, .payloads = store->payloads.total_rows};
    oat_number_map_clear(&store->numbers);
    int result = oat_chunk_groups_finish(&store->chunks);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&store->payloads);
    if (result == OAT_OK)
        result = write_recipes(store);
    if (result == OAT_OK)
        result = oat_section_writer_finish(&store->file, &figures.file_bytes);
    if (result != OAT_OK)
        return result;
    figures.chunks = store->chunks.count;
    figures.unique_bytes = store->chunks.raw_bytes;
    figures.stored_bytes = store->chunks.stored_bytes;
    figures.text_index_bytes = store->chunks.text_index_bytes;
    *ret = figures;
    return OAT_OK;
}
