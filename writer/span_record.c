#include "writer/span_record.h"

#include <string.h>

static void version_step(oat_span *span)
{
    uint32_t version = atomic_load_explicit(&span->version, memory_order_relaxed);
    atomic_store_explicit(&span->version, version + 1, memory_order_release);
}

void oat_record_begin(oat_span *span, const uint64_t words[4], uint64_t start_ns, enum oat_span_type type,
                      uint32_t flags)
{
    struct oat_disk_span fresh;
    struct oat_disk_span *record = &span->record;
    size_t private_len = OAT_INPUT_BEGIN - OAT_SHARED_END;

    memset(&fresh, 0, OAT_SHARED_END);
    memcpy(fresh.trace_id, words, 32);
    fresh.start_ns = oat_le64_of(start_ns);
    fresh.type = (uint8_t)type;
    fresh.status = OAT_STATUS_OPEN;
    fresh.flags = oat_le32_of(flags);

    version_step(span); /* odd: until it is published */
    oat_record_store_words(record, &fresh, OAT_SHARED_BEGIN, OAT_SHARED_END);
    oat_record_put64(record, OAT_INPUT_BEGIN, 0);
    oat_record_put64(record, OAT_INPUT_BEGIN + 8, 0);
    memset((uint8_t *)record + OAT_SHARED_END, 0, private_len);
    memset(&record->output, 0, sizeof *record - offsetof(struct oat_disk_span, output));
}

void oat_record_set_texts(struct oat_disk_span *record, const uint32_t text[OAT_TEXT_FIELDS])
{
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        oat_record_put32(record, OAT_TEXT_OFFSET(i), text[i]);
}

void oat_record_inherit(struct oat_disk_span *record, const struct oat_disk_span *parent)
{
    uint32_t flags = oat_record_get32(parent, offsetof(struct oat_disk_span, flags));
    if (!(flags & OAT_SPAN_HAS_PROMPT_VERSION))
        return;
    size_t offset = offsetof(struct oat_disk_span, prompt_version);
    oat_record_put32(record, offset, oat_record_get32(parent, offset));
    oat_record_add_flags(record, OAT_SPAN_HAS_PROMPT_VERSION);
}

void oat_record_publish(oat_span *span, oat_pair *home)
{
    atomic_store_explicit(&span->home, home, memory_order_relaxed);
    version_step(span);
    atomic_store_explicit(&span->live, true, memory_order_release);
}

void oat_record_end(struct oat_disk_span *record, uint64_t duration_ns)
{
    size_t word_offset = offsetof(struct oat_disk_span, type);
    oat_record_put64(record, offsetof(struct oat_disk_span, duration_ns), duration_ns);
    if (record->status == OAT_STATUS_OPEN) {
        uint8_t *status = (uint8_t *)record + word_offset + 1;
        __atomic_store_n(status, (uint8_t)OAT_STATUS_SUCCESS, __ATOMIC_RELEASE);
    }
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

static void load_words(const struct oat_disk_span *record, struct oat_disk_span *ret, size_t begin, size_t end)
{
    for (size_t at = begin; at < end; at += sizeof(uint64_t)) {
        uint64_t word =
            __atomic_load_n((const oat_word64 *)(const void *)((const uint8_t *)record + at), __ATOMIC_ACQUIRE);
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
