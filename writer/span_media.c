#include "writer/span_media.h"

#include "oat/media.h"
#include "writer/span_note.h"

struct map {
    oat_attr attrs[7];
    size_t count;
};

static void add_text(struct map *map, const char *key, const char *text)
{
    if (*text)
        map->attrs[map->count++] =
            (oat_attr){key, OAT_NUL, {.type = OAT_VALUE_STRING, .len = strlen(text), .u.string = text}};
}

static void add_number(struct map *map, const char *key, uint64_t number)
{
    if (number > 0)
        map->attrs[map->count++] =
            (oat_attr){key, OAT_NUL, {.type = OAT_VALUE_INT, .u.integer = (int64_t)number}};
}

void oat_span_note_media(oat_thread *thread, oat_span *span, const char *key, const void *data, size_t len)
{
    oat_media_info info;
    struct map map = {.count = 0};
    if (oat_media_describe(data, len, &info) != OAT_OK)
        return;
    add_text(&map, "type", info.type);
    add_text(&map, "codec", info.codec);
    add_number(&map, "width", info.width);
    add_number(&map, "height", info.height);
    add_number(&map, "duration_ms", info.duration_ms);
    add_number(&map, "sample_rate_hz", info.sample_rate_hz);
    add_number(&map, "channels", info.channels);
    oat_span_note_value(thread, span, key,
                        &(oat_value){.type = OAT_VALUE_MAP, .len = map.count, .u.map = map.attrs});
}
