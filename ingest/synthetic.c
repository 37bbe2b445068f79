#include "ingest/synthetic.h"

#include "format/hash.h"

#include <string.h>

#define DAY_2024_01_01_S UINT64_C(1704067200)

void oat_synthetic_trace_id(const char *kind, const void *bytes, size_t len, uint8_t ret[16])
{
    /* Two hashes of fixed length instead of one over copied bytes. */
    oat_content_id parts[2] = {oat_content_id_of(kind, strlen(kind), 0), oat_content_id_of(bytes, len, 0)};
    oat_content_id id = oat_content_id_of(parts, sizeof parts, 0);
    memcpy(ret, id.b, 16);
}

void oat_synthetic_span_id(const uint8_t trace_id[16], uint64_t ordinal, uint8_t ret[8])
{
    uint8_t key[24];
    memcpy(key, trace_id, 16);
    for (unsigned i = 0; i < 8; i++)
        key[16 + i] = (uint8_t)(ordinal >> 8 * i);
    uint64_t hash = oat_hash64(key, sizeof key, 0);
    if (hash == 0)
        hash = 1;
    for (unsigned i = 0; i < 8; i++)
        ret[i] = (uint8_t)(hash >> (56 - 8 * i));
}

uint64_t oat_synthetic_start_ns(const uint8_t trace_id[16])
{
    return (DAY_2024_01_01_S + oat_hash64(trace_id, 16, 0) % 80000) * UINT64_C(1000000000);
}
