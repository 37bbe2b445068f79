#include "examples/demo_data_parts/png.h"

#include <stdlib.h>
#include <string.h>

/* The picture is kept uncompressed (a stored deflate block of at most 65,535 bytes): a file that every
 * viewer shows, without a compressor here. */

struct out {
    uint8_t *bytes;
    size_t len;
};

static void put(struct out *out, const void *bytes, size_t len)
{
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

static void put_be32(struct out *out, uint32_t x)
{
    put(out, (const uint8_t[]){(uint8_t)(x >> 24), (uint8_t)(x >> 16), (uint8_t)(x >> 8), (uint8_t)x}, 4);
}

static uint32_t crc32(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint32_t adler32(const uint8_t *bytes, size_t len)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < len; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* A chunk: length, type, data, checksum of type and data. */
static void put_chunk(struct out *out, const char *type, const uint8_t *data, size_t len)
{
    put_be32(out, (uint32_t)len);
    size_t from = out->len;
    put(out, type, 4);
    put(out, data, len);
    put_be32(out, crc32(out->bytes + from, len + 4));
}

/* Rows of RGB pixels, each behind a filter byte. */
static size_t draw(uint8_t *rows, unsigned side, uint32_t seed)
{
    uint8_t *at = rows;
    for (unsigned y = 0; y < side; y++) {
        *at++ = 0;
        for (unsigned x = 0; x < side; x++) {
            *at++ = (uint8_t)(x * 255 / side + seed * 37);
            *at++ = (uint8_t)(y * 255 / side + seed * 59);
            *at++ = (uint8_t)((x ^ y) * 4 + seed * 83);
        }
    }
    return (size_t)(at - rows);
}

uint8_t *demo_png_make(unsigned side, uint32_t seed, size_t *ret_len)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t rows_size = side * (1 + 3 * (size_t)side);
    uint8_t *rows = malloc(rows_size), *packed = malloc(rows_size + 11);
    struct out file = {.bytes = malloc(rows_size + 11 + 8 + 3 * 12 + 13)};
    if (!rows || !packed || !file.bytes) {
        free(file.bytes);
        file.bytes = NULL;
        goto done;
    }
    uint16_t len = (uint16_t)draw(rows, side, seed);
    struct out data = {.bytes = packed};
    put(&data,
        (const uint8_t[]){0x78, 0x01, 0x01, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len,
                          (uint8_t)(~len >> 8)},
        7);
    put(&data, rows, len);
    put_be32(&data, adler32(rows, len));

    const uint8_t header[13] = {0, 0, 0, (uint8_t)side, 0, 0, 0, (uint8_t)side, 8, 2, 0, 0, 0};
    put(&file, signature, sizeof signature);
    put_chunk(&file, "IHDR", header, sizeof header);
    put_chunk(&file, "IDAT", data.bytes, data.len);
    put_chunk(&file, "IEND", header, 0);
    *ret_len = file.len;
done:
    free(rows);
    free(packed);
    return file.bytes;
}

char *demo_png_data_url(const uint8_t *png, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char head[] = "data:image/png;base64,";
    char *url = malloc(sizeof head + (len + 2) / 3 * 4), *at = url;
    if (!url)
        return NULL;
    at = stpcpy(at, head);
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t group =
            (uint32_t)(png[i] << 16 | (left > 1 ? png[i + 1] << 8 : 0) | (left > 2 ? png[i + 2] : 0));
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *at++ = left > 2 ? digits[group & 63] : '=';
    }
    *at = '\0';
    return url;
}
