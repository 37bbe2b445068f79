#include "httpd/packer.h"

#define ZLIB_CONST
#include <stdlib.h>
#include <zlib.h>

#define LEVEL       1 /* answers are waited for */
#define GZIP_WINDOW (15 + 16)
#define MEMORY      8
#define ROOM_BYTES  (16u << 10)
#define RUN_BYTES   (1u << 30) /* zlib counts in 32 bits */

struct oat_packer {
    z_stream stream;
};

struct oat_packer *oat_packer_new(void)
{
    struct oat_packer *packer = calloc(1, sizeof *packer);
    if (!packer ||
        deflateInit2(&packer->stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
        return packer;
    free(packer);
    return NULL;
}

void oat_packer_free(struct oat_packer *packer)
{
    if (!packer)
        return;
    deflateEnd(&packer->stream);
    free(packer);
}

/* Appends all that comes of the stream's input. */
static void run(z_stream *stream, int flush, struct oat_json *out)
{
    unsigned char room[ROOM_BYTES];
    do {
        stream->next_out = room;
        stream->avail_out = sizeof room;
        deflate(stream, flush); /* it cannot fail: the state is good, and there is room */
        oat_json_raw(out, (const char *)room, sizeof room - stream->avail_out);
    } while (stream->avail_out == 0);
}

bool oat_packer_put(struct oat_packer *packer, const char *bytes, size_t len, bool is_last,
                    struct oat_json *out)
{
    z_stream *stream = &packer->stream;
    do {
        size_t taken = len < RUN_BYTES ? len : RUN_BYTES;
        stream->next_in = (const unsigned char *)bytes;
        stream->avail_in = (uInt)taken;
        bytes += taken;
        len -= taken;
        run(stream, len > 0 ? Z_NO_FLUSH : is_last ? Z_FINISH : Z_SYNC_FLUSH, out);
    } while (len > 0);
    return !out->failed;
}
