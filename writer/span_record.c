#include "writer/span_record.h"

#include <string.h>

void oat_record_replace(oat_span *span, const struct oat_disk_span *moved, oat_pair *pair)
{
    oat_record_step(span);
    oat_record_store_words(&span->record, moved, OAT_SHARED_BEGIN, OAT_SHARED_END);
    oat_record_store_words(&span->record, moved, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof moved->input);
    span->record.output = moved->output;
    span->record.error = moved->error;
    atomic_store_explicit(&span->home, pair, memory_order_release);
    oat_record_step(span);
}

void oat_record_set_input(oat_span *span, const struct oat_disk_blob_ref *ref)
{
    struct oat_disk_span words;
    words.input = *ref;
    oat_record_step(span);
    oat_record_store_words(&span->record, &words, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof *ref);
    oat_record_step(span);
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
