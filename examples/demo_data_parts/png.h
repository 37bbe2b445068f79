/* A small picture for the traces that have one. */
#ifndef DEMO_PNG_H
#define DEMO_PNG_H

#include <stddef.h>
#include <stdint.h>

/* Makes a square PNG, a gradient that differs by seed. The caller frees it; NULL: out of memory. side:
 * 1..128 pixels. */
uint8_t *demo_png_make(unsigned side, uint32_t seed, size_t *ret_len);

/* As a data: URL, NUL-terminated; the caller frees it. */
char *demo_png_data_url(const uint8_t *png, size_t len);

#endif
