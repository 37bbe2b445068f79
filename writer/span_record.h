/* The record of a running span: changed by the thread that uses the span, read by the flusher. Every
 * store to a word that both see is atomic; words that must agree change under an odd version. */
#ifndef OAT_WRITER_SPAN_RECORD_H
#define OAT_WRITER_SPAN_RECORD_H

#include "writer/core.h"

#include <string.h>

typedef uint64_t __attribute__((may_alias)) oat_word64;
typedef uint32_t __attribute__((may_alias)) oat_word32;

/* Bytes of a record that the flusher reads: words 1..13, and the two of the input reference. */
#define OAT_SHARED_BEGIN offsetof(struct oat_disk_span, trace_id)
#define OAT_SHARED_END   offsetof(struct oat_disk_span, count)
#define OAT_INPUT_BEGIN  offsetof(struct oat_disk_span, input)

static inline void oat_record_put64(struct oat_disk_span *record, size_t offset, uint64_t value)
{
    __atomic_store_n((oat_word64 *)(void *)((uint8_t *)record + offset), htole64(value), __ATOMIC_RELEASE);
}

static inline void oat_record_put32(struct oat_disk_span *record, size_t offset, uint32_t value)
{
    __atomic_store_n((oat_word32 *)(void *)((uint8_t *)record + offset), htole32(value), __ATOMIC_RELEASE);
}

static inline uint64_t oat_record_get64(const struct oat_disk_span *record, size_t offset)
{
    return le64toh(__atomic_load_n((const oat_word64 *)(const void *)((const uint8_t *)record + offset),
                                   __ATOMIC_ACQUIRE));
}

static inline uint32_t oat_record_get32(const struct oat_disk_span *record, size_t offset)
{
    return le32toh(__atomic_load_n((const oat_word32 *)(const void *)((const uint8_t *)record + offset),
                                   __ATOMIC_ACQUIRE));
}

/* Trace id and span id, as bytes. Another thread may be ending the span, which stores them again. */
static inline void oat_record_place(const struct oat_disk_span *record, uint64_t ret_trace[2],
                                    uint64_t *ret_span)
{
    ret_trace[0] = htole64(oat_record_get64(record, offsetof(struct oat_disk_span, trace_id)));
    ret_trace[1] = htole64(oat_record_get64(record, offsetof(struct oat_disk_span, trace_id) + 8));
    *ret_span = htole64(oat_record_get64(record, offsetof(struct oat_disk_span, span_id)));
}

#define OAT_TEXT_OFFSET(field) (offsetof(struct oat_disk_span, text) + 4 * (size_t)(field))

static inline uint32_t oat_record_text(const struct oat_disk_span *record, enum oat_text_field field)
{
    return oat_record_get32(record, OAT_TEXT_OFFSET(field));
}

static inline bool oat_span_has_text(const oat_span *span, enum oat_text_field field)
{
    return span->held ? span->held_texts >> field & 1 : oat_record_text(&span->record, field) != 0;
}

static inline void oat_record_add_flags(struct oat_disk_span *record, uint32_t flags)
{
    size_t offset = offsetof(struct oat_disk_span, flags);
    oat_record_put32(record, offset, oat_record_get32(record, offset) | flags);
}

#define OAT_SPAN_HAS_COUNTS (OAT_SPAN_HAS_COUNT(OAT_COUNT_FIELDS) - 1)

/* There is usage, and nothing about what it costs. */
static inline bool oat_record_lacks_cost(const struct oat_disk_span *record)
{
    uint32_t flags = oat_record_get32(record, offsetof(struct oat_disk_span, flags));
    return (flags & OAT_SPAN_HAS_COUNTS) && !(flags & OAT_SPAN_COST_SOURCE_MASK);
}

/* Copies 8-byte words [begin, end) of bytes with atomic stores. */
static inline void oat_record_store_words(struct oat_disk_span *record, const void *from, size_t begin,
                                          size_t end)
{
    for (size_t at = begin; at < end; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, (const uint8_t *)from + at, sizeof word);
        __atomic_store_n((oat_word64 *)(void *)((uint8_t *)record + at), word, __ATOMIC_RELEASE);
    }
}

static inline void oat_record_step(oat_span *span)
{
    uint32_t version = atomic_load_explicit(&span->version, memory_order_relaxed);
    atomic_store_explicit(&span->version, version + 1, memory_order_release);
}

/* A new span: everything zero but what is given. words: trace id (2), span id, parent id, as bytes. */
static inline void oat_record_begin(oat_span *span, const uint64_t words[4], uint64_t start_ns,
                                    enum oat_span_type type, uint32_t flags)
{
    struct oat_disk_span *record = &span->record;
    uint64_t kind = (uint64_t)type | (uint64_t)OAT_STATUS_OPEN << 8 | (uint64_t)flags << 32;

    /* Odd until it is published; it is already when the last start on this handle failed. */
    uint32_t version = atomic_load_explicit(&span->version, memory_order_relaxed);
    atomic_store_explicit(&span->version, version | 1, memory_order_release);
    for (unsigned i = 0; i < 4; i++)
        oat_record_put64(record, OAT_SHARED_BEGIN + 8 * i, le64toh(words[i]));
    oat_record_put64(record, offsetof(struct oat_disk_span, start_ns), start_ns);
    oat_record_put64(record, offsetof(struct oat_disk_span, duration_ns), 0);
    oat_record_put64(record, offsetof(struct oat_disk_span, type), kind);
    oat_record_put64(record, OAT_INPUT_BEGIN, 0);
    oat_record_put64(record, OAT_INPUT_BEGIN + 8, 0);
    memset((uint8_t *)record + OAT_SHARED_END, 0, OAT_INPUT_BEGIN - OAT_SHARED_END);
    memset(&record->output, 0, sizeof *record - offsetof(struct oat_disk_span, output));
}

/* The text references and the prompt version, two a word as they stand in the record. */
#define OAT_RECORD_TEXT_WORDS 6u

static inline uint64_t oat_record_two(uint32_t first, uint32_t second)
{
    return first | (uint64_t)second << 32;
}

static inline uint64_t oat_record_text_word(const struct oat_disk_span *record, unsigned word)
{
    return oat_record_get64(record, OAT_TEXT_OFFSET(2 * word));
}

_Static_assert(OAT_TEXT_NAME == 0 && OAT_TEXT_SERVICE == 1 && OAT_TEXT_ENVIRONMENT == 2, "words 0 and 1");
_Static_assert(OAT_TEXT_SESSION % 2 == 0 && OAT_TEXT_USER == OAT_TEXT_SESSION + 1, "one word");
_Static_assert(offsetof(struct oat_disk_span, prompt_version) == OAT_TEXT_OFFSET(OAT_TEXT_PROMPT_NAME + 1),
               "one word");

static inline void oat_record_set_text_words(struct oat_disk_span *record,
                                             const uint64_t words[OAT_RECORD_TEXT_WORDS])
{
    for (unsigned i = 0; i < OAT_RECORD_TEXT_WORDS; i++)
        oat_record_put64(record, OAT_TEXT_OFFSET(2 * i), words[i]);
}

/* Makes the span visible to the flusher, with the pair that its references mean; NULL: it is held back. */
static inline void oat_record_publish(oat_span *span, oat_pair *home, enum oat_life life)
{
    atomic_store_explicit(&span->home, home, memory_order_relaxed);
    oat_record_step(span);
    atomic_store_explicit(&span->life, (uint8_t)life, memory_order_release);
}

/* Sets duration, and success where no status was set: the whole word, as the checksum will read it. */
static inline void oat_record_end(struct oat_disk_span *record, uint64_t duration_ns)
{
    const size_t kind_offset = offsetof(struct oat_disk_span, type);
    const uint64_t open_to_success = (uint64_t)(OAT_STATUS_SUCCESS - OAT_STATUS_OPEN) << 8;
    oat_record_put64(record, offsetof(struct oat_disk_span, duration_ns), duration_ns);
    if (record->status == OAT_STATUS_OPEN)
        oat_record_put64(record, kind_offset, oat_record_get64(record, kind_offset) + open_to_success);
}

/* Swaps all references and the pair they are for, together. */
void oat_record_replace(oat_span *span, const struct oat_disk_span *moved, oat_pair *pair);

/* Stores the input reference, whose two words belong together. */
void oat_record_set_input(oat_span *span, const struct oat_disk_blob_ref *ref);

/* As oat_span_set_cost. */
void oat_record_set_cost(struct oat_disk_span *record, int64_t total_nano, int64_t input_nano,
                         int64_t output_nano, enum oat_cost_source source);

static inline void oat_record_set_price_tier(struct oat_disk_span *record, uint8_t tier)
{
    __atomic_store_n(&record->price_tier, tier, __ATOMIC_RELEASE);
}

/* For the flusher: a consistent copy of what an OPEN shows, the pair it refers to, and when it
 * started (boot clock). False when the span is not running or changes right now. */
bool oat_record_snapshot(const oat_span *span, struct oat_disk_span *ret, oat_pair **ret_home,
                         uint64_t *ret_start_boot_ns);

#endif
