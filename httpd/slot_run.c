#include "httpd/slot_run.h"

#include <string.h>

#include "format/slot_refs.h"

static const uint8_t empty[OAT_SLOT_SIZE];

static const uint8_t *slot_at(const uint8_t *slots, uint32_t i)
{
    return slots + (size_t)i * OAT_SLOT_SIZE;
}

static uint16_t kind_of(const uint8_t *slot)
{
    return (uint16_t)(slot[4] | slot[5] << 8);
}

/* What lies here and is no slot is what a write that was cut short has left. */
static bool is_here(const struct oat_slot_run *run, uint32_t i)
{
    uint16_t kind;
    return oat_slot_check(slot_at(run->stored, i), run->nonce, run->first + i, &kind) == OAT_OK;
}

static bool has_string(const struct oat_slot_run *run, uint32_t slot_no)
{
    uint16_t kind;
    if (slot_no < run->first || slot_no - run->first >= run->count)
        return run->has_string(run->arg, slot_no);
    uint32_t i = slot_no - run->first;
    return (oat_slot_check(slot_at(run->slots, i), run->nonce, slot_no, &kind) == OAT_OK ||
            oat_slot_check(slot_at(run->stored, i), run->nonce, slot_no, &kind) == OAT_OK) &&
           kind == OAT_SLOT_STRING;
}

/* NULL: they can be. */
static const char *judge_values(const uint8_t *slot, uint16_t kind)
{
    struct oat_disk_span span;
    const char *what;
    if (kind != OAT_SLOT_SPAN && kind != OAT_SLOT_OPEN)
        return NULL;
    memcpy(&span, slot, sizeof span);
    return oat_span_check(&span, OAT_SLOTS_MAX, &what) == OAT_OK ? NULL : what;
}

static void note_missing(const struct oat_slot_run *run, const uint8_t *slot, uint16_t kind,
                         struct oat_slot_run_report *report)
{
    struct oat_slot_refs refs;
    oat_slot_refs(slot, kind, &refs);
    for (unsigned i = 0; i < refs.string_count; i++)
        if (report->missing_count < OAT_SLOT_RUN_MISSING_MAX && !has_string(run, refs.strings[i]))
            report->missing[report->missing_count++] = refs.strings[i];
    for (unsigned i = 0; i < refs.blob_count; i++)
        if (report->missing_blob == 0 && refs.blobs[i] >= run->blob_bytes)
            report->missing_blob = refs.blobs[i];
}

static enum oat_slot_run_verdict check_slot(const struct oat_slot_run *run, uint32_t i,
                                            struct oat_slot_run_report *report)
{
    const uint8_t *slot = slot_at(run->slots, i);
    uint16_t kind = OAT_SLOT_NONE;
    report->slot_no = run->first + i;
    int result = oat_slot_check(slot, run->nonce, run->first + i, &kind);
    if (result == OAT_NOTFOUND && memcmp(slot, empty, sizeof empty) == 0)
        return OAT_SLOT_RUN_GOOD;
    report->what = result == OAT_OK ? NULL : "checksum";
    if (is_here(run, i) && memcmp(slot, slot_at(run->stored, i), OAT_SLOT_SIZE) == 0)
        return OAT_SLOT_RUN_GOOD;
    if (!report->what && !run->is_damaged)
        report->what = judge_values(slot, kind);
    if (report->what)
        return OAT_SLOT_RUN_BAD;
    if (is_here(run, i))
        return OAT_SLOT_RUN_OTHER;
    report->fresh++;
    report->spans += kind == OAT_SLOT_SPAN;
    if (!run->is_damaged)
        note_missing(run, slot, kind, report);
    return OAT_SLOT_RUN_GOOD;
}

enum oat_slot_run_verdict oat_slot_run_check(const struct oat_slot_run *run, struct oat_slot_run_report *ret)
{
    *ret = (struct oat_slot_run_report){0};
    for (uint32_t i = 0; i < run->count; i++) {
        enum oat_slot_run_verdict verdict = check_slot(run, i, ret);
        if (verdict != OAT_SLOT_RUN_GOOD)
            return verdict;
    }
    return ret->missing_count > 0 || ret->missing_blob > 0 ? OAT_SLOT_RUN_MISSING : OAT_SLOT_RUN_GOOD;
}

bool oat_slot_run_is_fresh(const struct oat_slot_run *run, uint32_t i, bool *ret_is_string)
{
    const uint8_t *slot = slot_at(run->slots, i);
    *ret_is_string = kind_of(slot) == OAT_SLOT_STRING;
    return memcmp(slot, empty, 8) != 0 && !is_here(run, i);
}
