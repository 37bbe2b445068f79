#include "writer/span_record.h"

#include <string.h>

/* Added to the word that begins with the type. */
#define OPEN_TO_SUCCESS ((uint64_t)(OAT_STATUS_SUCCESS - OAT_STATUS_OPEN) << 8)

static void version_step(oat_span *span)
{
    uint32_t version = atomic_load_explicit(&span->version, memory_order_relaxed);
    atomic_store_explicit(&span->version, version + 1, memory_order_release);
}

void oat_record_begin(oat_span *span, const uint64_t words[4], uint64_t start_ns, enum oat_span_type type,
                      uint32_t flags)
{
    struct oat_disk_span *record = &span->record;
    uint64_t kind = (uint64_t)type | (uint64_t)OAT_STATUS_OPEN << 8 | (uint64_t)flags << 32;

    version_step(span); /* odd: until it is published */
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

void oat_record_set_text_words(struct oat_disk_span *record, const uint64_t words[OAT_RECORD_TEXT_WORDS])
{
    for (unsigned i = 0; i < OAT_RECORD_TEXT_WORDS; i++)
        oat_record_put64(record, OAT_TEXT_OFFSET(2 * i), words[i]);
}

void oat_record_publish(oat_span *span, oat_pair *home)
{
    atomic_store_explicit(&span->home, home, memory_order_relaxed);
    version_step(span);
    atomic_store_explicit(&span->live, true, memory_order_release);
}

void oat_record_end(struct oat_disk_span *record, uint64_t duration_ns)
{
    size_t kind_offset = offsetof(struct oat_disk_span, type);
    oat_record_put64(record, offsetof(struct oat_disk_span, duration_ns), duration_ns);
    /* The whole word, as the checksum will read it. */
    if (record->status == OAT_STATUS_OPEN)
        oat_record_put64(record, kind_offset, oat_record_get64(record, kind_offset) + OPEN_TO_SUCCESS);
}

void oat_record_replace(oat_span *span, const struct oat_disk_span *moved, oat_pair *pair)
{
    version_step(span);
    oat_record_store_words(&span->record, moved, OAT_SHARED_BEGIN, OAT_SHARED_END);
    oat_record_store_words(&span->record, moved, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof moved->input);
    span->record.output = moved->output;
    span->record.error = moved->error;
    atomic_store_explicit(&span->home, pair, memory_order_release);
    version_step(span);
}

void oat_record_set_input(oat_span *span, const struct oat_disk_blob_ref *ref)
{
    struct oat_disk_span words;
    words.input = *ref;
    version_step(span);
    oat_record_store_words(&span->record, &words, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof *ref);
    version_step(span);
}

static void load_words(const struct oat_disk_span *record, struct oat_disk_span *ret, size_t begin,
                       size_t end)
{
    for (size_t at = begin; at < end; at += sizeof(uint64_t)) {
        uint64_t word = __atomic_load_n((const oat_word64 *)(const void *)((const uint8_t *)record + at),
                                        __ATOMIC_ACQUIRE);
        memcpy((uint8_t *)ret + at, &word, sizeof word);
    }
}

bool oat_record_snapshot(const oat_span *span, struct oat_disk_span *ret, oat_pair **ret_home,
                         uint64_t *ret_start_boot_ns)
{
    uint32_t version = atomic_load_explicit(&span->version, memory_order_acquire);
    if (version % 2 != 0 || !atomic_load_explicit(&span->live, memory_order_acquire))
        return false;
    memset(ret, 0, sizeof *ret);
    load_words(&span->record, ret, OAT_SHARED_BEGIN, OAT_SHARED_END);
    load_words(&span->record, ret, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof ret->input);
    *ret_home = atomic_load_explicit(&span->home, memory_order_acquire);
    *ret_start_boot_ns = atomic_load_explicit(&span->start_boot_ns, memory_order_acquire);
    /* Its end may have begun. */
    ret->duration_ns = oat_le64_of(0);
    ret->status = OAT_STATUS_OPEN;
    return atomic_load_explicit(&span->live, memory_order_acquire) &&
           atomic_load_explicit(&span->version, memory_order_acquire) == version;
}
