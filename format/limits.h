/* Limits of the format. Change this file, change SPEC.md section "Limits" in the same commit. */
#ifndef OAT_FORMAT_LIMITS_H
#define OAT_FORMAT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define OAT_FORMAT_MAJOR 1
#define OAT_FORMAT_MINOR 0

#define OAT_SLOT_SIZE         256u
#define OAT_SPANS_HEADER_SIZE 4096u
#define OAT_BLOBS_HEADER_SIZE 256u
#define OAT_SPANS_FILE_MAX    (64u << 20)
#define OAT_SLOTS_MAX         ((OAT_SPANS_FILE_MAX - OAT_SPANS_HEADER_SIZE) / OAT_SLOT_SIZE) /* 262,128 */
#define OAT_BLOB_UNIT         8u                   /* entries start at multiples of this */
#define OAT_BLOBS_FILE_MAX    (UINT64_C(32) << 30) /* entry offsets / 8 fit 32 bits */
#define OAT_PAYLOAD_MAX       UINT64_C(0xffffffff) /* raw bytes of one payload */
#define OAT_CHUNK_GROUP_MAX   65535u               /* raw bytes of a chunk inside a group */
#define OAT_CHUNK_MAX         (1u << 20)           /* raw bytes of a chunk that stands alone */
#define OAT_GROUP_RAW_MAX     (256u << 10)         /* raw bytes of all chunks of a group */
#define OAT_RECIPE_DEPTH_MAX  64u                  /* recipes in a chain of bases */
#define OAT_RECIPE_STORED_MAX (64u << 20)          /* bytes of one recipe's operations */
#define OAT_TEXT_MAX          4096u                /* bytes of a text field */
#define OAT_STRING_INLINE_MAX 232u                 /* bytes of a text kept in its STRING slot */
#define OAT_ATTRS_MAX         10000u               /* attributes of one span */
#define OAT_VALUE_DEPTH_MAX   64u
#define OAT_TRACE_DEPTH_MAX   10000u
#define OAT_TIME_MAX          UINT64_C(0x7fffffffffffffff)
#define OAT_SAMPLE_RATE_ONE   1000000000u /* a sample rate of 1, in 10^-9 */
#define OAT_COUNT_MAX         0xfffffffeu /* a token count; more is saturated */

/* True when [off, off + len) lies inside [0, end). */
static inline bool oat_range_ok(uint64_t off, uint64_t len, uint64_t end)
{
    return off <= end && len <= end - off;
}

#endif
