/* The 256-byte slots of a span segment.
 * Change this file, change SPEC.md section "Slots" in the same commit. */
#ifndef OAT_FORMAT_SLOT_H
#define OAT_FORMAT_SLOT_H

#include "format/endian.h"
#include "format/limits.h"
#include "oat/oat.h"

enum oat_slot_kind {
    OAT_SLOT_NONE = 0, /* never written */
    OAT_SLOT_VOID = 1, /* a hole that was closed */
    OAT_SLOT_SPAN = 2,
    OAT_SLOT_OPEN = 3,
    OAT_SLOT_STRING = 4,
    OAT_SLOT_EVENT = 5,
    OAT_SLOT_LINK = 6,
    OAT_SLOT_SCORE = 7,
    OAT_SLOT_PROMPT = 8,
    OAT_SLOT_LABEL = 9,
    OAT_SLOT_TOMBSTONE = 10,
    OAT_SLOT_FORGET = 11,
    OAT_SLOT_UNKNOWN = 0xffff, /* never on disk: oat_slot_check's answer for another slot version */
};

#define OAT_SLOT_VERSION 1

/* A place in the pair's .blobs. All zero: no payload. */
struct oat_disk_blob_ref {
    oat_le32 offset8; /* 00-03  entry offset / 8; 0 = none */
    uint8_t id4[4];   /* 04-07  first bytes of the content id */
    oat_le48 raw_len; /* 08-13  bytes of the payload */
    uint8_t media;    /* 14     enum oat_media (names.h) */
    uint8_t flags;    /* 15     OAT_REF_* */
};

#define OAT_REF_RECIPE   0x01u /* the entry is a recipe */
#define OAT_REF_REDACTED 0x02u /* something was taken out before it was stored */
#define OAT_REF_LIMITED  0x04u /* a prefix of a larger payload (attributes oat.*_bytes, oat.*_hash) */
#define OAT_REF_LOST     0x08u /* could not be stored; raw_len tells the size it had */
/* In a pack only: */
#define OAT_REF_FORGOTTEN 0x10u /* markers stand in it, or in what it extends, for what was forgotten */
#define OAT_REF_MASKED    (OAT_REF_FORGOTTEN | OAT_REF_REDACTED)

/* A reference to a STRING slot of the pair: slot number + 1; 0 = none. */
typedef oat_le32 oat_string_ref;

/* SPAN and OPEN. Times are ns, costs nano-dollars, ttft microseconds. */
struct oat_disk_span {
    oat_le64 commit;                      /* 000-007 */
    uint8_t trace_id[16];                 /* 008-023 */
    uint8_t span_id[8];                   /* 024-031 */
    uint8_t parent_id[8];                 /* 032-039  zero: a root */
    oat_le64 start_ns;                    /* 040-047 */
    oat_le64 duration_ns;                 /* 048-055  0 in OPEN */
    uint8_t type;                         /* 056      enum oat_span_type */
    uint8_t status;                       /* 057      enum oat_status */
    uint8_t otel_status;                  /* 058      enum oat_otel_status */
    uint8_t price_tier;                   /* 059      0 = base */
    oat_le32 flags;                       /* 060-063  OAT_SPAN_* */
    oat_string_ref text[OAT_TEXT_FIELDS]; /* 064-107  by enum oat_text_field */
    oat_le32 prompt_version;              /* 108-111 */
    oat_le32 count[OAT_COUNT_FIELDS];     /* 112-147  by enum oat_count_field */
    oat_le32 ttft_us;                     /* 148-151 */
    oat_le64 cost_total_nano;             /* 152-159  signed */
    oat_le64 cost_input_nano;             /* 160-167  signed */
    oat_le64 cost_output_nano;            /* 168-175  signed */
    oat_le64 call_id;                     /* 176-183  XXH3-64 of the response id; 0 = none */
    oat_le32 sample_rate;                 /* 184-187  in 10^-9; 0 = not sampled (rate 1) */
    uint8_t unused[4];                    /* 188-191 */
    struct oat_disk_blob_ref input;       /* 192-207 */
    struct oat_disk_blob_ref output;      /* 208-223 */
    struct oat_disk_blob_ref attributes;  /* 224-239 */
    struct oat_disk_blob_ref error;       /* 240-255 */
};

/* Flag bits of a span. Bits 0-8: the count of that number is present. */
#define OAT_SPAN_HAS_COUNT(field)   (UINT32_C(1) << (field))
#define OAT_SPAN_HAS_TTFT           (UINT32_C(1) << 9)
#define OAT_SPAN_HAS_COST           (UINT32_C(1) << 10)
#define OAT_SPAN_HAS_COST_INPUT     (UINT32_C(1) << 11)
#define OAT_SPAN_HAS_COST_OUTPUT    (UINT32_C(1) << 12)
#define OAT_SPAN_COST_SOURCE_SHIFT  13 /* bits 13-14: enum oat_cost_source */
#define OAT_SPAN_COST_SOURCE_MASK   (UINT32_C(3) << OAT_SPAN_COST_SOURCE_SHIFT)
#define OAT_SPAN_HAS_PROMPT_VERSION (UINT32_C(1) << 15)
#define OAT_SPAN_PARENT_LOCAL       (UINT32_C(1) << 16) /* the same writer started the parent */
#define OAT_SPAN_PARENT_REMOTE      (UINT32_C(1) << 17) /* another process did */
#define OAT_SPAN_SYNTHETIC_TIME     (UINT32_C(1) << 18)
#define OAT_SPAN_CLAMPED_TIME       (UINT32_C(1) << 19)
#define OAT_SPAN_SATURATED          (UINT32_C(1) << 20) /* a count or ttft did not fit */
#define OAT_SPAN_HELD               (UINT32_C(1) << 21) /* was held back by sampling */

struct oat_disk_string {
    oat_le64 commit;    /* 000-007 */
    oat_le64 hash;      /* 008-015  first 8 bytes of the text's content id, as stored */
    oat_le32 len_bytes; /* 016-019  of the text */
    uint8_t in_blob;    /* 020      1: the text is `blob`, not inline */
    uint8_t unused[3];  /* 021-023 */
    union {
        uint8_t text[OAT_STRING_INLINE_MAX]; /* 024-255  zero-padded */
        struct oat_disk_blob_ref blob;       /* 024-039 */
    } u;
};

struct oat_disk_event {
    oat_le64 commit;                     /* 000-007 */
    oat_le64 id;                         /* 008-015  its own */
    uint8_t trace_id[16];                /* 016-031 */
    uint8_t span_id[8];                  /* 032-039 */
    oat_le64 span_start_ns;              /* 040-047 */
    oat_le64 time_ns;                    /* 048-055 */
    oat_string_ref name;                 /* 056-059 */
    uint8_t unused1[4];                  /* 060-063 */
    struct oat_disk_blob_ref attributes; /* 064-079 */
    uint8_t unused2[176];                /* 080-255 */
};

struct oat_disk_link {
    oat_le64 commit;                     /* 000-007 */
    oat_le64 id;                         /* 008-015  its own */
    uint8_t trace_id[16];                /* 016-031 */
    uint8_t span_id[8];                  /* 032-039 */
    oat_le64 span_start_ns;              /* 040-047 */
    uint8_t target_trace_id[16];         /* 048-063 */
    uint8_t target_span_id[8];           /* 064-071 */
    oat_string_ref trace_state;          /* 072-075 */
    uint8_t trace_flags;                 /* 076 */
    uint8_t remote;                      /* 077      1: the target is in another process */
    uint8_t unused1[2];                  /* 078-079 */
    struct oat_disk_blob_ref attributes; /* 080-095 */
    uint8_t unused2[160];                /* 096-255 */
};

struct oat_disk_score {
    oat_le64 commit;          /* 000-007 */
    oat_le64 id;              /* 008-015  its own */
    uint8_t trace_id[16];     /* 016-031 */
    uint8_t span_id[8];       /* 032-039  zero: of the trace */
    oat_le64 target_start_ns; /* 040-047  0: not known */
    oat_le64 time_ns;         /* 048-055 */
    oat_le64 value;           /* 056-063  IEEE 754 binary64 */
    uint8_t has_value;        /* 064 */
    uint8_t unused1[3];       /* 065-067 */
    oat_string_ref name;      /* 068-071 */
    oat_string_ref label;     /* 072-075 */
    oat_string_ref comment;   /* 076-079 */
    oat_string_ref source;    /* 080-083 */
    uint8_t unused2[172];     /* 084-255 */
};

struct oat_disk_prompt {
    oat_le64 commit;               /* 000-007 */
    oat_le64 id;                   /* 008-015  its own */
    oat_le64 time_ns;              /* 016-023 */
    oat_string_ref name;           /* 024-027 */
    oat_le32 version;              /* 028-031  given by the daemon */
    uint8_t sha256[32];            /* 032-063  of its canonical JSON */
    struct oat_disk_blob_ref body; /* 064-079 */
    uint8_t unused[176];           /* 080-255 */
};

struct oat_disk_label {
    oat_le64 commit;      /* 000-007 */
    oat_le64 id;          /* 008-015  its own */
    oat_le64 time_ns;     /* 016-023 */
    oat_string_ref name;  /* 024-027  of the prompt */
    oat_string_ref label; /* 028-031 */
    uint8_t sha256[32];   /* 032-063  the version it points to; zero: taken away */
    uint8_t unused[192];  /* 064-255 */
};

struct oat_disk_tombstone {
    oat_le64 commit;       /* 000-007 */
    oat_le64 id;           /* 008-015  its own */
    uint8_t trace_id[16];  /* 016-031 */
    oat_le64 time_ns;      /* 032-039 */
    oat_string_ref reason; /* 040-043 */
    uint8_t unused[212];   /* 044-255 */
};

struct oat_disk_forget {
    oat_le64 commit;          /* 000-007 */
    oat_le64 id;              /* 008-015  its own */
    oat_le64 time_ns;         /* 016-023 */
    uint8_t content_id[16];   /* 024-039  under the pair's hash seed */
    oat_le64 raw_len;         /* 040-047 */
    uint8_t redaction_id[16]; /* 048-063  random; what quotes it shows this instead */
    oat_string_ref reason;    /* 064-067 */
    uint8_t unused[188];      /* 068-255 */
};

/* The commit word of a filled slot (bytes 8..255 are read): checksum in bits 0-31, kind in 32-47,
 * OAT_SLOT_VERSION in 48-63. Host order; stored little-endian. Never 0. */
uint64_t oat_slot_commit_word(const uint8_t slot[OAT_SLOT_SIZE], enum oat_slot_kind kind, uint64_t nonce,
                              uint32_t slot_no);

/* Checks a slot that was read from position slot_no. Returns OAT_OK with *ret_kind (which may be a
 * kind this program does not know: skip and count it), OAT_NOTFOUND for a slot never written, or
 * OAT_E_CORRUPT. */
int oat_slot_check(const uint8_t slot[OAT_SLOT_SIZE], uint64_t nonce, uint32_t slot_no, uint16_t *ret_kind);

/* Checks the values of a SPAN or OPEN slot (kind as its commit word says) whose checksum is right:
 * ids, type, status, times, sample rate, and references against slot_count. slot_count is what the file
 * may hold (OAT_SLOTS_MAX, or the count of its seal), not how far a snapshot reads: a slot below that
 * bound may refer to a string committed above it a moment later. Returns OAT_OK or OAT_E_CORRUPT;
 * *ret_what names the field. */
int oat_span_check(const struct oat_disk_span *span, uint32_t slot_count, const char **ret_what);

/* Byte offset of a slot in its file. */
static inline uint64_t oat_slot_offset(uint32_t slot_no)
{
    return OAT_SPANS_HEADER_SIZE + (uint64_t)slot_no * OAT_SLOT_SIZE;
}

#endif
