/* Walks over JSON text by byte position. */
#ifndef OAT_BENCH_JSON_WALK_H
#define OAT_BENCH_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

/* A run of bytes in the text: [pos, pos + len). */
struct oat_bench_json_span {
    size_t pos;
    size_t len;
};

/* Walks the entries of an array or object. Initialise with oat_bench_json_walk_open. */
struct oat_bench_json_walk {
    const char *text;
    size_t text_len;
    size_t pos;
    char close; /* ']' or '}' */
    bool first;
    bool failed; /* the walk ended because the text is malformed */
};

/* Starts at the '[' or '{' at pos. False when there is neither. */
bool oat_bench_json_walk_open(struct oat_bench_json_walk *walk, const char *text, size_t text_len,
                              size_t pos);

/* The next entry: *ret_key (object only; with its quotes; may be NULL) and *ret_value. False at the
 * end, with walk->failed telling why; walk->pos is then behind the closing bracket. */
bool oat_bench_json_walk_next(struct oat_bench_json_walk *walk, struct oat_bench_json_span *ret_key,
                              struct oat_bench_json_span *ret_value);

/* The value of a key of the object at pos; len 0 when there is none. Keys are compared as they
 * stand (escapes are not decoded). The last one wins. */
struct oat_bench_json_span oat_bench_json_member(const char *text, size_t text_len, size_t pos,
                                                 const char *key);

#endif
