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

void oat_record_set_cost(struct oat_disk_span *record, int64_t total_nano, int64_t input_nano,
                         int64_t output_nano, enum oat_cost_source source)
{
    size_t offset = offsetof(struct oat_disk_span, flags);
    uint32_t flags =
        oat_record_get32(record, offset) &
        ~(OAT_SPAN_HAS_COST | OAT_SPAN_HAS_COST_INPUT | OAT_SPAN_HAS_COST_OUTPUT | OAT_SPAN_COST_SOURCE_MASK);
    if (source == OAT_COST_NONE)
        input_nano = output_nano = -1;
    flags |= (uint32_t)source << OAT_SPAN_COST_SOURCE_SHIFT & OAT_SPAN_COST_SOURCE_MASK;
    if (source != OAT_COST_UNPRICED && source != OAT_COST_NONE)
        flags |= OAT_SPAN_HAS_COST;
    if (input_nano >= 0)
        flags |= OAT_SPAN_HAS_COST_INPUT;
    if (output_nano >= 0)
        flags |= OAT_SPAN_HAS_COST_OUTPUT;
    record->cost_total_nano = oat_le64_of(flags & OAT_SPAN_HAS_COST ? (uint64_t)total_nano : 0);
    record->cost_input_nano = oat_le64_of(input_nano >= 0 ? (uint64_t)input_nano : 0);
    record->cost_output_nano = oat_le64_of(output_nano >= 0 ? (uint64_t)output_nano : 0);
    oat_record_put32(record, offset, flags);
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
    if (version % 2 != 0 || !atomic_load_explicit(&span->life, memory_order_acquire))
        return false;
    memset(ret, 0, sizeof *ret);
    load_words(&span->record, ret, OAT_SHARED_BEGIN, OAT_SHARED_END);
    load_words(&span->record, ret, OAT_INPUT_BEGIN, OAT_INPUT_BEGIN + sizeof ret->input);
    *ret_home = atomic_load_explicit(&span->home, memory_order_acquire);
    *ret_start_boot_ns = atomic_load_explicit(&span->start_boot_ns, memory_order_acquire);
    /* Its end may have begun. */
    ret->duration_ns = oat_le64_of(0);
    ret->status = OAT_STATUS_OPEN;
    return atomic_load_explicit(&span->life, memory_order_acquire) &&
           atomic_load_explicit(&span->version, memory_order_acquire) == version;
}
