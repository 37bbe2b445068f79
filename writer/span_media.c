#include "writer/span_media.h"

#include "format/base64.h"
#include "media/describe.h"
#include "media/lift.h"
#include "writer/span_note.h"

#include <stdlib.h>
#include <string.h>

#define MEDIA_MAX 8u      /* that are described */
#define TEXT_MAX  131072u /* characters of each that are decoded: a size may stand behind a profile */

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

static oat_value map_of(const oat_media_info *info, struct map *map)
{
    map->count = 0;
    add_text(map, "type", info->type);
    add_text(map, "codec", info->codec);
    add_number(map, "width", info->width);
    add_number(map, "height", info->height);
    add_number(map, "duration_ms", info->duration_ms);
    add_number(map, "sample_rate_hz", info->sample_rate_hz);
    add_number(map, "channels", info->channels);
    return (oat_value){.type = OAT_VALUE_MAP, .len = map->count, .u.map = map->attrs};
}

static void note_list(oat_thread *thread, oat_span *span, const char *key, const oat_value *maps,
                      size_t count)
{
    oat_value list = {.type = OAT_VALUE_ARRAY, .len = count, .u.array = maps};
    if (count > 0)
        oat_span_note_value(thread, span, key, &list);
}

void oat_span_note_medium(oat_thread *thread, oat_span *span, const char *key, const void *data, size_t len)
{
    oat_media_info info;
    struct map map;
    if (oat_media_describe(data, len, &info) != OAT_OK)
        return;
    oat_value value = map_of(&info, &map);
    note_list(thread, span, key, &value, 1);
}

/* Describes what a run of base64 begins. */
static bool describe_run(uint8_t *buffer, const uint8_t *run, size_t len, oat_media_info *ret)
{
    size_t raw_len;
    return oat_base64_decode(buffer, (const char *)run, len < TEXT_MAX ? len : TEXT_MAX, &raw_len) &&
           oat_media_describe_beginning(buffer, raw_len, len / 4 * 3, ret) == OAT_OK;
}

void oat_span_note_media_in(oat_thread *thread, oat_span *span, const char *key, const void *text, size_t len)
{
    struct map maps[MEDIA_MAX];
    oat_value values[MEDIA_MAX];
    oat_media_info info[MEDIA_MAX];
    size_t count = 0, from = 0, pos, run;
    uint8_t *buffer = NULL;
    while (count < MEDIA_MAX && oat_media_find(text, from, len, &pos, &run)) {
        if (!buffer && !(buffer = malloc(TEXT_MAX)))
            break;
        if (describe_run(buffer, (const uint8_t *)text + pos, run, &info[count])) {
            values[count] = map_of(&info[count], &maps[count]);
            count++;
        }
        from = pos + run;
    }
    note_list(thread, span, key, values, count);
    free(buffer);
}
