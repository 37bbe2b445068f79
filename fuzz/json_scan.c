/* The JSON scanner: spans lie inside the text, walks advance and end, entries agree with lengths. */
#include "fuzz/fuzz.h"

#include "format/json_scan.h"

#include <string.h>

static void check_span(struct oat_json_span span, size_t from, size_t size)
{
    fuzz_require(span.len > 0 && span.pos >= from && span.pos <= size && span.len <= size - span.pos);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t pos = oat_json_skip_space(text, size, 0);
    size_t len = oat_json_value_len(text, size, pos);
    fuzz_require(len <= size - pos);

    struct oat_json_walk walk;
    struct oat_json_span key, value, last_a = {0, 0};
    if (!oat_json_walk_open(&walk, text, size, pos))
        return 0;
    bool object = text[pos] == '{';
    size_t at = walk.pos;
    while (oat_json_walk_next(&walk, &key, &value)) {
        check_span(value, at, size);
        fuzz_require(oat_json_value_len(text, size, value.pos) == value.len &&
                     walk.pos == value.pos + value.len);
        if (object)
            check_span(key, at, value.pos);
        if (object && key.len == 3 && text[key.pos + 1] == 'a')
            last_a = value;
        at = walk.pos;
    }
    if (!walk.failed) {
        fuzz_require(len == walk.pos - pos);
        struct oat_json_span found = oat_json_member(text, size, pos, "a");
        fuzz_require(found.pos == last_a.pos && found.len == last_a.len);
    }
    return 0;
}
