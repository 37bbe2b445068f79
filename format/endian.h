/* Little-endian fields of the on-disk structs, as byte arrays: alignment 1, one load or store. */
#ifndef OAT_FORMAT_ENDIAN_H
#define OAT_FORMAT_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint8_t b[2];
} oat_le16;
typedef struct {
    uint8_t b[4];
} oat_le32;
typedef struct {
    uint8_t b[6];
} oat_le48;
typedef struct {
    uint8_t b[8];
} oat_le64;

static inline uint16_t oat_le16_get(oat_le16 v)
{
    uint16_t x;
    memcpy(&x, v.b, sizeof x);
    return le16toh(x);
}

static inline uint32_t oat_le32_get(oat_le32 v)
{
    uint32_t x;
    memcpy(&x, v.b, sizeof x);
    return le32toh(x);
}

static inline uint64_t oat_le48_get(oat_le48 v)
{
    uint64_t x = 0;
    memcpy(&x, v.b, sizeof v.b);
    return le64toh(x);
}

static inline uint64_t oat_le64_get(oat_le64 v)
{
    uint64_t x;
    memcpy(&x, v.b, sizeof x);
    return le64toh(x);
}

static inline oat_le16 oat_le16_of(uint16_t x)
{
    oat_le16 v;
    x = htole16(x);
    memcpy(v.b, &x, sizeof v.b);
    return v;
}

static inline oat_le32 oat_le32_of(uint32_t x)
{
    oat_le32 v;
    x = htole32(x);
    memcpy(v.b, &x, sizeof v.b);
    return v;
}

/* x: below 2^48. */
static inline oat_le48 oat_le48_of(uint64_t x)
{
    oat_le48 v;
    x = htole64(x);
    memcpy(v.b, &x, sizeof v.b);
    return v;
}

static inline oat_le64 oat_le64_of(uint64_t x)
{
    oat_le64 v;
    x = htole64(x);
    memcpy(v.b, &x, sizeof v.b);
    return v;
}

/* Eight bytes anywhere as a number, and back: ids in columns. */
static inline uint64_t oat_le64_load(const uint8_t *bytes)
{
    oat_le64 v;
    memcpy(&v, bytes, sizeof v);
    return oat_le64_get(v);
}

static inline void oat_le64_store(uint8_t *bytes, uint64_t x)
{
    oat_le64 v = oat_le64_of(x);
    memcpy(bytes, &v, sizeof v);
}

#endif
