#include "httpd/body.h"

#define ZLIB_CONST
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define GZIP_WINDOW   (MAX_WBITS + 16) /* zlib: a gzip header is expected */
#define ROOM_LEAST    (64u << 10)
#define GUESSED_RATIO 8u /* of OTLP and JSON */

bool oat_content_type_is(const char *header, const char *type)
{
    size_t len = strlen(type);
    if (!header || strncasecmp(header, type, len) != 0)
        return false;
    const char *rest = header + len + strspn(header + len, " \t");
    return *rest == '\0' || *rest == ';';
}

static bool refuse_for_memory(struct oat_answer *answer)
{
    answer->retry_after_s = 1;
    oat_answer_error(answer, 503, "overloaded", "too much is being taken in at once: try again");
    return false;
}

static bool refuse_size(struct oat_answer *answer, size_t max_bytes)
{
    oat_answer_error(answer, 413, "body_too_large", "the body has over %zu bytes when it is unpacked",
                     max_bytes);
    return false;
}

/* At least one byte more than there is. False answers. */
static bool make_room(struct oat_body *body, size_t room, struct oat_answer *answer)
{
    if (!oat_memory_budget_take(body->budget, room - body->taken_bytes))
        return refuse_for_memory(answer);
    body->taken_bytes = room;
    char *bigger = realloc(body->unpacked, room);
    if (!bigger)
        return refuse_for_memory(answer);
    body->unpacked = bigger;
    return true;
}

static size_t next_room(const struct oat_body *body, size_t packed_len, size_t max_bytes)
{
    size_t room = 2 * body->taken_bytes;
    if (room == 0)
        room = packed_len < max_bytes / GUESSED_RATIO ? packed_len * GUESSED_RATIO : max_bytes;
    room = room < ROOM_LEAST ? ROOM_LEAST : room;
    return room < max_bytes + 1 ? room : max_bytes + 1; /* one more shows that it is too long */
}

/* Unpacks gzip members one behind the other. */
static bool inflate_all(struct oat_body *body, z_stream *stream, size_t max_bytes, struct oat_answer *answer)
{
    size_t packed_len = stream->avail_in;
    for (;;) {
        if (body->len == body->taken_bytes && body->len > max_bytes)
            return refuse_size(answer, max_bytes);
        if (body->len == body->taken_bytes &&
            !make_room(body, next_room(body, packed_len, max_bytes), answer))
            return false;
        size_t room = body->taken_bytes - body->len;
        stream->next_out = (unsigned char *)body->unpacked + body->len;
        stream->avail_out = (uInt)room;
        int rc = inflate(stream, Z_NO_FLUSH);
        body->len += room - stream->avail_out;
        if (rc == Z_STREAM_END && stream->avail_in == 0)
            break;
        if (rc == Z_STREAM_END)
            rc = inflateReset(stream);
        if (rc == Z_MEM_ERROR)
            return refuse_for_memory(answer);
        if ((rc != Z_OK && rc != Z_BUF_ERROR) || (stream->avail_in == 0 && stream->avail_out > 0)) {
            oat_answer_error(answer, 400, "bad_gzip", "the body is not gzip from its first byte to its last");
            return false;
        }
    }
    return body->len <= max_bytes || refuse_size(answer, max_bytes);
}

static bool unpack(struct oat_body *body, const char *packed, size_t packed_len, size_t max_bytes,
                   struct oat_answer *answer)
{
    z_stream stream = {.avail_in = (uInt)packed_len};
    stream.next_in = (const unsigned char *)packed;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return refuse_for_memory(answer);
    bool ok = inflate_all(body, &stream, max_bytes, answer);
    inflateEnd(&stream);
    body->bytes = body->unpacked;
    return ok;
}

bool oat_body_read(struct oat_body *body, const char *packed, size_t packed_len, const char *encoding,
                   size_t max_bytes, struct oat_memory_budget *budget, struct oat_answer *answer)
{
    body->budget = budget;
    if (packed_len > max_bytes || packed_len > UINT_MAX || max_bytes >= UINT_MAX)
        return refuse_size(answer, max_bytes);
    if (encoding && (strcasecmp(encoding, "gzip") == 0 || strcasecmp(encoding, "x-gzip") == 0))
        return unpack(body, packed, packed_len, max_bytes, answer);
    if (encoding && *encoding && strcasecmp(encoding, "identity") != 0) {
        oat_answer_error(answer, 415, "unsupported_encoding", "Content-Encoding: expected gzip or none");
        return false;
    }
    if (!oat_memory_budget_take(budget, packed_len))
        return refuse_for_memory(answer);
    body->taken_bytes = packed_len;
    body->bytes = packed;
    body->len = packed_len;
    return true;
}

void oat_body_free(struct oat_body *body)
{
    free(body->unpacked);
    if (body->budget)
        oat_memory_budget_give(body->budget, body->taken_bytes);
    *body = (struct oat_body){0};
}
