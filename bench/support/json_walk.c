#include "bench/support/json_walk.h"

#include "format/json_scan.h"

#include <string.h>

bool oat_bench_json_walk_open(struct oat_bench_json_walk *walk, const char *text, size_t text_len, size_t pos)
{
    if (pos >= text_len || (text[pos] != '[' && text[pos] != '{'))
        return false;
    *walk = (struct oat_bench_json_walk){
        .text = text,
        .text_len = text_len,
        .pos = pos + 1,
        .close = text[pos] == '[' ? ']' : '}',
        .first = true,
    };
    return true;
}

static bool walk_fail(struct oat_bench_json_walk *w)
{
    w->failed = true;
    return false;
}

/* Reads the value at the next position that is not white space. */
static bool walk_value(struct oat_bench_json_walk *w, struct oat_bench_json_span *ret)
{
    ret->pos = oat_json_skip_space(w->text, w->text_len, w->pos);
    ret->len = oat_json_value_len(w->text, w->text_len, ret->pos);
    w->pos = ret->pos + ret->len;
    return ret->len > 0;
}

bool oat_bench_json_walk_next(struct oat_bench_json_walk *walk, struct oat_bench_json_span *ret_key,
                              struct oat_bench_json_span *ret_value)
{
    struct oat_bench_json_walk *w = walk;
    struct oat_bench_json_span key = {0};

    w->pos = oat_json_skip_space(w->text, w->text_len, w->pos);
    if (w->failed || w->pos >= w->text_len)
        return walk_fail(w);
    if (w->text[w->pos] == w->close) {
        w->pos++;
        return false;
    }
    if (!w->first) {
        if (w->text[w->pos] != ',')
            return walk_fail(w);
        w->pos++;
    }
    w->first = false;
    if (w->close == '}') {
        if (!walk_value(w, &key) || w->text[key.pos] != '"')
            return walk_fail(w);
        w->pos = oat_json_skip_space(w->text, w->text_len, w->pos);
        if (w->pos >= w->text_len || w->text[w->pos] != ':')
            return walk_fail(w);
        w->pos++;
    }
    if (!walk_value(w, ret_value))
        return walk_fail(w);
    if (ret_key)
        *ret_key = key;
    return true;
}

struct oat_bench_json_span oat_bench_json_member(const char *text, size_t text_len, size_t pos,
                                                 const char *key)
{
    struct oat_bench_json_span found = {0};
    struct oat_bench_json_span k, v;
    struct oat_bench_json_walk walk;
    size_t key_len = strlen(key);

    if (pos >= text_len || text[pos] != '{' || !oat_bench_json_walk_open(&walk, text, text_len, pos))
        return found;
    while (oat_bench_json_walk_next(&walk, &k, &v))
        if (k.len == key_len + 2 && memcmp(text + k.pos + 1, key, key_len) == 0)
            found = v;
    return found;
}
