#include "ingest/map_flat.h"

#include "format/limits.h"
#include "ingest/number.h"
#include "ingest/value_json.h"

#include <stdlib.h>
#include <string.h>

struct leaf {
    oat_text path; /* behind the prefix */
    const oat_value *value;
    size_t ordinal;
};

static const char *const wrappers[] = {
    "message", "tool_call", "message_content", "prompt", "completion", "document", "embedding", "tool",
};

static oat_text segment(oat_text path)
{
    const char *point = memchr(path.bytes, '.', path.len);
    return (oat_text){path.bytes, point ? (size_t)(point - path.bytes) : path.len};
}

static oat_text behind(oat_text path, size_t len)
{
    return len < path.len ? (oat_text){path.bytes + len + 1, path.len - len - 1} : (oat_text){"", 0};
}

static bool is_index(oat_text s, uint64_t *ret)
{
    return s.len > 0 && s.len <= 9 && s.bytes[0] >= '0' && s.bytes[0] <= '9' && oat_parse_uint(s, ret);
}

static int compare_segments(oat_text a, oat_text b)
{
    uint64_t x, y;
    bool a_index = is_index(a, &x), b_index = is_index(b, &y);
    if (a_index != b_index)
        return a_index ? -1 : 1;
    if (a_index && x != y)
        return x < y ? -1 : 1;
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.bytes, b.bytes, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_leaves(const void *left, const void *right)
{
    const struct leaf *a = left, *b = right;
    oat_text x = a->path, y = b->path;
    while (x.len && y.len) {
        oat_text sx = segment(x), sy = segment(y);
        int order = compare_segments(sx, sy);
        if (order)
            return order;
        x = behind(x, sx.len);
        y = behind(y, sy.len);
    }
    if (x.len || y.len)
        return x.len ? 1 : -1;
    return a->ordinal < b->ordinal ? -1 : 1;
}

/* Number of leaves from the first on that share its next segment. */
static size_t group_len(const struct leaf *leaves, size_t count, oat_text name)
{
    size_t n = 1;
    while (n < count && oat_text_same(segment(leaves[n].path), name))
        n++;
    return n;
}

static void descend(struct leaf *leaves, size_t count, size_t len)
{
    for (size_t i = 0; i < count; i++)
        leaves[i].path = behind(leaves[i].path, len);
}

/* Skips a name like "message" that stands alone between an index and its members. */
static void unwrap(struct leaf *leaves, size_t count)
{
    oat_text name = segment(leaves[0].path);
    if (group_len(leaves, count, name) != count || name.len == leaves[0].path.len)
        return;
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (oat_text_is(name, wrappers[i])) {
            descend(leaves, count, name.len);
            return;
        }
}

/* Writes the value that the leaves are below. A leaf with nothing left of its path is a value; those
 * behind it, which go deeper or are the same key again, win. */
static void write_value(struct leaf *leaves, size_t count, struct oat_json *json, unsigned depth)
{
    uint64_t index;
    while (count > 1 && leaves[0].path.len == 0) {
        leaves++;
        count--;
    }
    if (leaves[0].path.len == 0 || depth > OAT_VALUE_DEPTH_MAX) {
        oat_json_value(json, leaves[count - 1].value);
        return;
    }
    bool array =
        is_index(segment(leaves[0].path), &index) && is_index(segment(leaves[count - 1].path), &index);
    if (array)
        oat_json_array_begin(json);
    else
        oat_json_object_begin(json);
    for (size_t at = 0; at < count && !json->failed;) {
        oat_text name = segment(leaves[at].path);
        size_t n = group_len(leaves + at, count - at, name);
        if (!array)
            oat_json_key_text(json, name.bytes, name.len);
        descend(leaves + at, n, name.len);
        if (array)
            unwrap(leaves + at, n);
        write_value(leaves + at, n, json, depth + 1);
        at += n;
    }
    if (array)
        oat_json_array_end(json);
    else
        oat_json_object_end(json);
}

bool oat_map_unflatten(const struct oat_map *map, const char *prefix, struct oat_json *json)
{
    const struct oat_otel_attrs *attrs = &map->span->attrs;
    size_t count = 0, prefix_len = strlen(prefix);
    uint64_t index;
    if (!oat_map_has_prefix(map, prefix))
        return false;
    struct leaf *leaves = oat_arena_calloc(map->arena, attrs->count, sizeof *leaves);
    for (size_t i = 0; leaves && i < attrs->count; i++) {
        oat_text key = {attrs->items[i].key, attrs->items[i].key_len};
        if (!oat_text_begins(key, prefix))
            continue;
        oat_text path = {key.bytes + prefix_len, key.len - prefix_len};
        if (is_index(segment(path), &index)) /* "gen_ai.prompt.name" is something else */
            leaves[count++] = (struct leaf){path, &attrs->items[i].value, i};
    }
    if (count == 0)
        return false;
    qsort(leaves, count, sizeof *leaves, compare_leaves);
    write_value(leaves, count, json, 0);
    return true;
}
