#include "compactor/pack_writer.h"

#include "compactor/pack_recipes.h"

#include "format/names.h"

#include <errno.h>
#include <stdlib.h>

/* A payload that cannot be taken over by its structure is put together, unless it is larger: memory. */
#define WHOLE_MAX (256u << 20)

struct oat_pack_writer {
    struct oat_pack_options options;
    struct oat_pack_store store;
    struct oat_pack_sources sources;
    struct oat_pack_translator translator;
};

int oat_pack_writer_new(const struct oat_pack_options *options, struct oat_pack_writer **ret)
{
    struct oat_pack_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return OAT_E_NOMEM;
    writer->options = *options;
    writer->translator.store = &writer->store;
    *ret = writer;
    return OAT_OK;
}

void oat_pack_writer_free(struct oat_pack_writer *writer)
{
    if (!writer)
        return;
    int error = errno;
    oat_pack_store_close(&writer->store);
    oat_pack_sources_clear(&writer->sources);
    free(writer->translator.ops.bytes);
    free(writer);
    errno = error;
}

/* ---- Payloads ---- */

static int add_lost(struct oat_pack_writer *writer, const struct oat_record_payload *payload,
                    struct oat_number *ret)
{
    struct oat_pack_item item = {
        .kind = OAT_PAYLOAD_NOTHING,
        .raw_len = payload->raw_len,
        .media = payload->media,
        .flags = (uint8_t)((payload->flags & ~OAT_REF_RECIPE) | OAT_REF_LOST),
    };
    return oat_pack_store_payload(&writer->store, &item, ret);
}

/* Reads a payload and adds it by its bytes. */
static int add_whole(struct oat_pack_writer *writer, uint32_t source,
                     const struct oat_record_payload *payload, struct oat_number *ret)
{
    struct oat_record_payload item = *payload;
    uint8_t *bytes;
    size_t len;
    bool masked;
    int result = oat_record_payload_read_masked(writer->sources.sources, source, payload, WHOLE_MAX, &bytes,
                                                &len, &masked);
    if (result == OAT_OK) {
        item.flags |= masked && payload->media != OAT_MEDIA_ATTRS ? OAT_REF_MASKED : 0;
        result = len == payload->raw_len ? oat_pack_put_bytes(&writer->translator, &item, bytes, len, ret)
                                         : OAT_E_CORRUPT;
        free(bytes);
    }
    return result == OAT_E_CORRUPT ? add_lost(writer, payload, ret) : result;
}

/* What a record says of a payload; hashed. */
struct reference {
    uint64_t source, place, raw_len;
    uint32_t media, flags;
    uint8_t id4[4];
    uint32_t kind;
};

static oat_content_id reference_key(const struct oat_pack_writer *writer, uint32_t source,
                                    const struct oat_record_payload *payload)
{
    struct reference key = {
        .source = source,
        .place = payload->place,
        .raw_len = payload->raw_len,
        .media = payload->media,
        .flags = payload->flags,
        .kind = (uint32_t)payload->kind,
    };
    memcpy(key.id4, payload->id4, sizeof key.id4);
    return oat_content_id_of(&key, sizeof key, writer->store.place_seed);
}

static int add(struct oat_pack_writer *writer, uint32_t source, const struct oat_record_payload *payload,
               struct oat_number *ret)
{
    if (payload->flags & OAT_REF_LOST)
        return add_lost(writer, payload, ret);
    writer->translator.reader = oat_pack_sources_use(&writer->sources, source);
    if (!writer->translator.reader)
        return OAT_E_NOMEM;
    /* Of attributes it is texts that may be forgotten, not the pieces they lie in. */
    if (writer->sources.sources->forgotten && payload->media == OAT_MEDIA_ATTRS)
        return add_whole(writer, source, payload, ret);
    /* When something that it is made of is damaged, it may be whole all the same: then the damage is in a
     * part of a base that it does not take. */
    int result = oat_pack_translate(&writer->translator, payload, ret);
    return result == OAT_E_CORRUPT ? add_whole(writer, source, payload, ret) : result;
}

int oat_pack_writer_add(struct oat_pack_writer *writer, struct oat_sources *sources, uint32_t source,
                        const struct oat_record_payload *payload, uint32_t *ret_number)
{
    struct oat_number number;
    if (payload->kind == OAT_PLACE_NONE) {
        *ret_number = 0;
        return OAT_OK;
    }
    int result = writer->store.is_open ? OAT_OK : oat_pack_store_open(&writer->store, &writer->options);
    if (result != OAT_OK)
        return result;
    writer->sources.sources = sources;
    oat_content_id key = reference_key(writer, source, payload);
    if (!oat_number_map_get(&writer->store.numbers, &key, &number)) {
        result = add(writer, source, payload, &number);
        if (result != OAT_OK)
            return result;
        oat_number_map_put(&writer->store.numbers, &key, number);
    }
    *ret_number = number.number + 1;
    return OAT_OK;
}

int oat_pack_writer_finish(struct oat_pack_writer *writer, struct oat_pack_figures *ret)
{
    if (writer->store.is_open)
        return oat_pack_store_finish(&writer->store, ret);
    *ret = (struct oat_pack_figures){0};
    return OAT_OK;
}
