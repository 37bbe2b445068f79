/* The body of an answer that is made while it is sent, piece by piece. */
#ifndef OAT_HTTPD_STREAM_H
#define OAT_HTTPD_STREAM_H

#include "format/json_write.h"

#define OAT_STREAM_PIECE_BYTES (256u << 10) /* about */

/* The beginning of what knows how to make it. */
struct oat_stream {
    /* Appends the next piece to out. *ret_done: it was the last one. OAT_OK; after a failure nothing more is
     * asked for. Any thread, one at a time. */
    int (*read)(struct oat_stream *stream, struct oat_json *out, bool *ret_done);
    void (*free)(struct oat_stream *stream);
};

#endif
