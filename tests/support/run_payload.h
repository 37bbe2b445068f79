/* Payloads that can be made again from a number. */
#ifndef OAT_TESTS_RUN_PAYLOAD_H
#define OAT_TESTS_RUN_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

enum oat_run_payload_kind {
    OAT_RUN_TINY,   /* 0 .. 40 bytes */
    OAT_RUN_TEXT,   /* words, up to 3 KiB */
    OAT_RUN_LARGE,  /* words, up to 300 KiB */
    OAT_RUN_CHAT,   /* a conversation as JSON: seed / 64 names it, seed % 64 is the turn */
    OAT_RUN_MEDIA,  /* JSON with base64 inside, some of it not canonical */
    OAT_RUN_RANDOM, /* random bytes, up to 100 KiB */
    OAT_RUN_ZEROS,  /* one byte again and again, up to 500 KiB */
    OAT_RUN_BROKEN, /* JSON that ends in the middle, or is not quite JSON */
    OAT_RUN_PAYLOAD_KINDS,
};

struct oat_run_bytes {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* Makes a payload in *ret, which is zeroed or holds an earlier one whose memory is used again.
 * The same kind and seed give the same bytes. Ends the program when out of memory. */
void oat_run_payload(enum oat_run_payload_kind kind, uint64_t seed, struct oat_run_bytes *ret);
void oat_run_bytes_free(struct oat_run_bytes *bytes);

/* The media type to give with it; NULL: none. */
const char *oat_run_payload_media(enum oat_run_payload_kind kind, uint64_t seed);

#endif
