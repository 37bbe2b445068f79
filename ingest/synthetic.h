/* Ids and times for what has none of its own: made from content, so that importing the same again
 * gives the same. */
#ifndef OAT_INGEST_SYNTHETIC_H
#define OAT_INGEST_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

/* XXH3-128 (seed 0) of two ids: that of the kind and that of the bytes (each XXH3-128, seed 0). */
void oat_synthetic_trace_id(const char *kind, const void *bytes, size_t len, uint8_t ret[16]);

/* XXH3-64 (seed 0) of the trace id and the ordinal (8 bytes, little-endian). Never zero. */
void oat_synthetic_span_id(const uint8_t trace_id[16], uint64_t ordinal, uint8_t ret[8]);

/* A time on 2024-01-01 (UTC) that the trace id chooses, so that made-up times fall on one day. */
uint64_t oat_synthetic_start_ns(const uint8_t trace_id[16]);

#endif
