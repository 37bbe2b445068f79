#include "ship/pair_send.h"

#include "format/blob_run.h"
#include "format/entry.h"
#include "format/slot_refs.h"
#include "writer/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_BYTES       (4u << 20)
#define RUN_SLOTS       (RUN_BYTES / OAT_SLOT_SIZE)
#define GAP_SLOTS       32u /* that are sent as zeros rather than in two requests */
#define WINDOW_SLOTS    256u
#define LANE_SLOTS      16u
#define SIGN_OF_LIFE_NS (20 * OAT_NS_PER_S) /* a writer that writes nothing is heard of so often */

struct sending {
    struct oat_ship_pair *ship;
    const struct oat_pair *pair;
    struct oat_ship_remote *remote;
    struct oat_ship_report *report;
    uint8_t page[OAT_SPANS_HEADER_SIZE]; /* as it was before anything else was read: what it says is there */
    bool is_settled;                     /* nothing comes any more */
    uint32_t slots_end;
    uint64_t blob_end;
    uint8_t *run;
    size_t run_room;
    uint32_t run_first, run_count; /* of slots */
    uint32_t run_max;
};

/* ---- Requests ---------------------------------------------------------------------------------------- */

static enum oat_ship_outcome fail(struct sending *s, const char *what)
{
    snprintf(s->report->message, sizeof s->report->message, "%s: %s", s->pair->spans_path, what);
    return OAT_SHIP_UNREADABLE;
}

static enum oat_ship_outcome take_answer(struct sending *s, enum oat_ship_outcome outcome,
                                         const struct oat_ship_answer *answer)
{
    if (outcome == OAT_SHIP_DONE) {
        s->ship->complete = answer->complete;
        s->ship->ended = answer->ended;
        s->ship->blob_bytes = answer->blob_bytes;
        return outcome;
    }
    memcpy(s->report->message, answer->message, sizeof answer->message);
    if (outcome == OAT_SHIP_CONFLICT)
        s->ship->is_known = false;
    return outcome;
}

static enum oat_ship_outcome put(struct sending *s, struct oat_ship_piece *piece)
{
    struct oat_ship_answer answer;
    piece->writer_id = s->ship->writer_id;
    piece->seq = s->ship->seq;
    s->report->bytes += piece->len;
    enum oat_ship_outcome outcome = oat_ship_remote_put(s->remote, piece, &answer);
    return take_answer(s, outcome, &answer);
}

void oat_ship_pair_forget(struct oat_ship_pair *ship)
{
    free(ship->sent);
    ship->sent = NULL;
    ship->is_known = ship->has_page = false;
}

/* What is sent of slots is kept in a bit each, of those behind the first ones. */
static enum oat_ship_outcome ask(struct sending *s, bool *ret_is_empty)
{
    struct oat_ship_answer answer;
    oat_ship_pair_forget(s->ship);
    enum oat_ship_outcome outcome =
        take_answer(s, oat_ship_remote_ask(s->remote, s->ship->writer_id, s->ship->seq, &answer), &answer);
    s->ship->is_own = answer.is_own;
    if (outcome != OAT_SHIP_DONE)
        return outcome;
    if (!answer.complete && !(s->ship->sent = calloc(OAT_SLOTS_MAX / 8 + 1, 1)))
        return fail(s, oat_result_text(OAT_E_NOMEM));
    s->ship->slots = answer.slots;
    s->ship->is_known = true;
    *ret_is_empty = answer.is_empty;
    return OAT_SHIP_DONE;
}

/* ---- What there is ----------------------------------------------------------------------------------- */

static bool read_page(struct sending *s)
{
    struct oat_disk_durable records[2];
    struct oat_disk_seal seal;
    oat_le64 claimed;
    uint64_t size, allocated;
    size_t len;
    if (oat_file_read(&s->pair->spans, s->page, sizeof s->page, 0, &len) != OAT_OK || len < sizeof s->page ||
        oat_file_size(&s->pair->spans, &size, &allocated) != OAT_OK)
        return false;
    memcpy(&records[0], s->page + OAT_SPANS_DURABLE_OFFSET, sizeof records[0]);
    memcpy(&records[1], s->page + OAT_SPANS_DURABLE_OFFSET + OAT_SPANS_LINE_SIZE, sizeof records[1]);
    memcpy(&seal, s->page + OAT_SPANS_SEAL_OFFSET, sizeof seal);
    memcpy(&claimed, s->page + OAT_SPANS_CLAIMED_OFFSET, sizeof claimed);
    const struct oat_disk_durable *durable = oat_durable_newest(&records[0], &records[1], s->pair->nonce);
    bool is_sealed = oat_seal_check(&seal, s->pair->nonce), is_dead = s->pair->liveness == OAT_WRITER_DEAD;
    uint32_t in_file = oat_pair_slots_in(size);
    uint64_t slots = is_sealed ? oat_le64_get(seal.slots) : is_dead ? in_file : oat_le64_get(claimed);
    if (durable && slots < oat_le64_get(durable->slots))
        slots = oat_le64_get(durable->slots);
    slots = slots < in_file ? (slots + LANE_SLOTS - 1) / LANE_SLOTS * LANE_SLOTS : in_file;
    s->slots_end = slots < in_file ? (uint32_t)slots : in_file;
    s->is_settled = is_sealed || is_dead;
    s->blob_end = durable ? oat_le64_get(durable->blob_bytes) : OAT_BLOBS_HEADER_SIZE;
    if (is_sealed)
        s->blob_end = oat_le64_get(seal.blob_bytes);
    else if (is_dead && oat_file_size(&s->pair->blobs, &size, &allocated) == OAT_OK)
        s->blob_end = size;
    s->blob_end = (s->blob_end + OAT_BLOB_UNIT - 1) / OAT_BLOB_UNIT * OAT_BLOB_UNIT;
    return s->blob_end <= OAT_BLOBS_FILE_MAX;
}

/* ---- Blobs ------------------------------------------------------------------------------------------- */

static bool make_room(struct sending *s, size_t bytes)
{
    if (bytes <= s->run_room)
        return true;
    uint8_t *bigger = realloc(s->run, bytes);
    if (!bigger)
        return false;
    s->run = bigger;
    s->run_room = bytes;
    return true;
}

static bool is_hole(const uint8_t *unit)
{
    static const uint8_t zeros[OAT_BLOB_UNIT];
    return memcmp(unit, zeros, sizeof zeros) == 0;
}

/* Whole entries and holes at the beginning of bytes of .blobs. What is neither, such as the beginning of an
 * entry whose writer died, becomes a hole; is_all: nothing follows the bytes. */
static size_t cut_run(const struct sending *s, uint64_t offset, uint8_t *bytes, size_t len, bool is_all)
{
    size_t at = offset == 0 ? OAT_BLOBS_HEADER_SIZE : 0;
    while (at < len) {
        struct oat_entry entry;
        int result = is_hole(bytes + at)
                         ? OAT_NOTFOUND
                         : oat_entry_decode(bytes + at, len - at, s->pair->nonce, offset + at, &entry, NULL);
        bool fits = result == OAT_OK && oat_entry_size(&entry) <= len - at;
        if (fits) {
            at += oat_entry_size(&entry);
            continue;
        }
        if ((result == OAT_OK || result == OAT_E_LIMIT) && !is_all)
            break;
        memset(bytes + at, 0, OAT_BLOB_UNIT);
        at += OAT_BLOB_UNIT;
    }
    return at;
}

/* Reads a run that begins where the other side ends. */
static enum oat_ship_outcome read_run(struct sending *s, struct oat_ship_piece *piece)
{
    uint64_t offset = s->ship->blob_bytes, left = s->blob_end - offset;
    size_t want = left < RUN_BYTES ? (size_t)left : RUN_BYTES, len = 0, got;
    for (; len == 0; want = left - want < want ? (size_t)left : 2 * want) {
        if (!make_room(s, want))
            return fail(s, oat_result_text(OAT_E_NOMEM));
        if (oat_file_read(&s->pair->blobs, s->run, want, offset, &got) != OAT_OK)
            return fail(s, strerror(errno));
        memset(s->run + got, 0, want - got);
        len = cut_run(s, offset, s->run, want, want == left);
    }
    *piece = (struct oat_ship_piece){.file = "blobs", .offset = offset, .bytes = s->run, .len = len};
    return OAT_SHIP_DONE;
}

static int read_before(void *arg, uint64_t offset, void *dst, size_t len)
{
    const struct oat_pair *pair = arg;
    size_t got;
    int result = oat_file_read(&pair->blobs, dst, len, offset, &got);
    return result == OAT_OK ? (int)got : result;
}

/* Leaves out entries whose content is not what it was: they are lost here, too. True: there were any. Their
 * headers are good, or they would not be in the run. */
static bool leave_out_damaged(const struct sending *s, const struct oat_ship_piece *piece)
{
    size_t header = piece->offset == 0 ? OAT_BLOBS_HEADER_SIZE : 0;
    struct oat_pair pair = *s->pair;
    const struct oat_blob_run run = {
        .bytes = s->run + header,
        .len = piece->len - header,
        .offset = piece->offset + header,
        .nonce = pair.nonce,
        .hash_seed = pair.hash_seed,
        .before = read_before,
        .arg = &pair,
    };
    struct oat_blob_run_fault fault;
    struct oat_entry entry;
    bool any = false;
    while (oat_blob_run_check(&run, &fault) == OAT_E_CORRUPT) {
        size_t at = (size_t)(fault.offset - piece->offset);
        if (oat_entry_decode(s->run + at, piece->len - at, pair.nonce, fault.offset, &entry, NULL) != OAT_OK)
            return false;
        memset(s->run + at, 0, oat_entry_size(&entry));
        any = true;
    }
    return any;
}

static enum oat_ship_outcome send_blobs(struct sending *s)
{
    struct oat_ship_piece piece = {0};
    enum oat_ship_outcome outcome = OAT_SHIP_DONE;
    while (s->ship->blob_bytes < s->blob_end && !s->ship->complete && outcome == OAT_SHIP_DONE) {
        uint64_t here = s->ship->blob_bytes;
        if (here % OAT_BLOB_UNIT != 0 || (here == 0 ? piece.len > 0 : here <= piece.offset) ||
            (here > 0 && here < OAT_BLOBS_HEADER_SIZE))
            return fail(s, "the answer tells a length of .blobs that cannot be");
        outcome = read_run(s, &piece);
        if (outcome != OAT_SHIP_DONE)
            return outcome;
        outcome = put(s, &piece);
        if (outcome == OAT_SHIP_CONFLICT && leave_out_damaged(s, &piece)) {
            s->ship->is_known = true;
            outcome = put(s, &piece);
        }
    }
    return outcome;
}

/* ---- Slots ------------------------------------------------------------------------------------------- */

/* What goes in one pass over the slots: strings come before what refers to them. */
enum pass { STRINGS, OTHERS, DAMAGED };

static bool is_sent(const struct oat_ship_pair *ship, uint32_t slot_no)
{
    return slot_no < ship->slots || (ship->sent[slot_no / 8] >> slot_no % 8 & 1) != 0;
}

static void mark_sent(struct sending *s)
{
    for (uint32_t i = 0; i < s->run_count; i++)
        if (!is_hole(s->run + (size_t)i * OAT_SLOT_SIZE))
            s->ship->sent[(s->run_first + i) / 8] |= (uint8_t)(1u << (s->run_first + i) % 8);
    while (s->ship->slots < s->slots_end && is_sent(s->ship, s->ship->slots))
        s->ship->slots++;
}

static enum oat_ship_outcome flush_run(struct sending *s, enum pass pass)
{
    struct oat_ship_piece piece = {
        .file = "spans",
        .offset = oat_slot_offset(s->run_first),
        .bytes = s->run,
        .len = (size_t)s->run_count * OAT_SLOT_SIZE,
        .is_damaged = pass == DAMAGED,
    };
    if (s->run_count == 0)
        return OAT_SHIP_DONE;
    enum oat_ship_outcome outcome = put(s, &piece);
    if (outcome == OAT_SHIP_DONE)
        mark_sent(s);
    s->run_count = 0;
    return outcome;
}

static enum oat_ship_outcome add_to_run(struct sending *s, uint32_t slot_no, const uint8_t *slot,
                                        enum pass pass)
{
    enum oat_ship_outcome outcome = OAT_SHIP_DONE;
    if (s->run_count > 0 &&
        (slot_no - s->run_first >= s->run_max || slot_no - s->run_first - s->run_count > GAP_SLOTS))
        outcome = flush_run(s, pass);
    if (outcome != OAT_SHIP_DONE)
        return outcome;
    if (s->run_count == 0)
        s->run_first = slot_no;
    uint32_t i = slot_no - s->run_first;
    memset(s->run + (size_t)s->run_count * OAT_SLOT_SIZE, 0, (size_t)(i - s->run_count) * OAT_SLOT_SIZE);
    memcpy(s->run + (size_t)i * OAT_SLOT_SIZE, slot, OAT_SLOT_SIZE);
    s->run_count = i + 1;
    return OAT_SHIP_DONE;
}

/* Whether all that a slot refers to is over there. */
static bool is_closed(const struct oat_ship_pair *ship, const uint8_t *slot, uint16_t kind)
{
    struct oat_slot_refs refs;
    oat_slot_refs(slot, kind, &refs);
    for (unsigned i = 0; i < refs.string_count; i++)
        if (refs.strings[i] >= OAT_SLOTS_MAX || !is_sent(ship, refs.strings[i]))
            return false;
    for (unsigned i = 0; i < refs.blob_count; i++)
        if (refs.blobs[i] >= ship->blob_bytes)
            return false;
    return true;
}

static bool is_wanted(const struct oat_ship_pair *ship, const uint8_t *slot, uint16_t kind, enum pass pass)
{
    return pass == DAMAGED || ((kind == OAT_SLOT_STRING) == (pass == STRINGS) && is_closed(ship, slot, kind));
}

/* Sends slots of one sort that are committed and were not sent. *ret_left: there are others. */
static enum oat_ship_outcome send_pass(struct sending *s, enum pass pass, bool *ret_left)
{
    uint8_t window[WINDOW_SLOTS * OAT_SLOT_SIZE];
    enum oat_ship_outcome outcome = OAT_SHIP_DONE;
    uint16_t kind;
    size_t len;
    *ret_left = false;
    for (uint32_t first = s->ship->slots; first < s->slots_end && outcome == OAT_SHIP_DONE;
         first += WINDOW_SLOTS) {
        if (oat_file_read(&s->pair->spans, window, sizeof window, oat_slot_offset(first), &len) != OAT_OK)
            return fail(s, strerror(errno));
        uint32_t count = (uint32_t)(len / OAT_SLOT_SIZE);
        for (uint32_t i = 0; i < count && first + i < s->slots_end && outcome == OAT_SHIP_DONE; i++) {
            const uint8_t *slot = window + (size_t)i * OAT_SLOT_SIZE;
            if (is_sent(s->ship, first + i) ||
                oat_slot_check(slot, s->pair->nonce, first + i, &kind) != OAT_OK)
                continue;
            if (is_wanted(s->ship, slot, kind, pass))
                outcome = add_to_run(s, first + i, slot, pass);
            else
                *ret_left = true;
        }
    }
    return outcome == OAT_SHIP_DONE ? flush_run(s, pass) : outcome;
}

/* What a slot of a settled pair refers to and is not there, will not be. */
static enum oat_ship_outcome send_slots(struct sending *s)
{
    bool left;
    if (!make_room(s, RUN_BYTES))
        return fail(s, oat_result_text(OAT_E_NOMEM));
    enum oat_ship_outcome outcome = send_pass(s, STRINGS, &left);
    if (outcome == OAT_SHIP_DONE && left)
        outcome = send_pass(s, OTHERS, &left);
    if (outcome == OAT_SHIP_DONE && left && s->is_settled)
        outcome = send_pass(s, DAMAGED, &left);
    return outcome;
}

/* ---- The header page --------------------------------------------------------------------------------- */

/* Makes the file over there: a page that says nothing yet. */
static enum oat_ship_outcome send_bare_page(struct sending *s)
{
    uint8_t bare[OAT_SPANS_HEADER_SIZE] = {0};
    struct oat_ship_piece piece = {.file = "spans", .bytes = bare, .len = sizeof bare};
    memcpy(bare, s->page, sizeof(struct oat_disk_pair_header));
    return put(s, &piece);
}

/* When it has changed, or its writer is alive and has not been heard of. */
static enum oat_ship_outcome send_page(struct sending *s, bool has_ended)
{
    struct oat_ship_pair *ship = s->ship;
    uint64_t now_ns = oat_clock_boot_ns();
    struct oat_ship_piece piece = {
        .file = "spans", .bytes = s->page, .len = sizeof s->page, .has_ended = has_ended};
    bool is_due = !s->is_settled && now_ns - ship->page_ns >= SIGN_OF_LIFE_NS;
    bool is_new = !ship->has_page || memcmp(ship->page, s->page, sizeof s->page) != 0;
    if (!is_new && !is_due && has_ended == ship->ended)
        return OAT_SHIP_DONE;
    enum oat_ship_outcome outcome = put(s, &piece);
    if (outcome == OAT_SHIP_CONFLICT && s->is_settled) {
        piece.is_damaged = true; /* what it tells of is lost here */
        outcome = put(s, &piece);
        ship->is_known = outcome == OAT_SHIP_DONE;
    }
    if (outcome != OAT_SHIP_DONE)
        return outcome;
    memcpy(ship->page, s->page, sizeof s->page);
    ship->has_page = true;
    ship->page_ns = now_ns;
    return outcome;
}

/* ---- All of it --------------------------------------------------------------------------------------- */

static enum oat_ship_outcome send_all(struct sending *s, bool is_newest)
{
    bool is_empty = false, has_ended = is_newest && s->pair->liveness == OAT_WRITER_DEAD;
    if (s->ship->is_own)
        return OAT_SHIP_DONE;
    enum oat_ship_outcome outcome = s->ship->is_known ? OAT_SHIP_DONE : ask(s, &is_empty);
    s->ship->is_done = outcome == OAT_SHIP_DONE && s->ship->complete;
    if (s->ship->is_own) {
        s->ship->is_done = true; /* whoever compacts the store need not wait */
        return OAT_SHIP_DONE;
    }
    if (outcome != OAT_SHIP_DONE || (s->ship->complete && s->ship->ended >= has_ended))
        return outcome;
    if (!read_page(s))
        return fail(s, "its header page cannot be read");
    if (!s->ship->complete)
        outcome = send_blobs(s);
    if (outcome == OAT_SHIP_DONE && is_empty)
        outcome = send_bare_page(s);
    if (outcome == OAT_SHIP_DONE && !s->ship->complete)
        outcome = send_slots(s);
    if (outcome == OAT_SHIP_DONE)
        outcome = send_page(s, has_ended);
    s->ship->is_done = outcome == OAT_SHIP_DONE && s->is_settled;
    return outcome;
}

enum oat_ship_outcome oat_ship_pair_send(struct oat_ship_pair *ship, const struct oat_pair *pair,
                                         bool is_newest, uint32_t batch_slots, struct oat_ship_remote *remote,
                                         struct oat_ship_report *ret)
{
    struct sending s = {.ship = ship, .pair = pair, .remote = remote, .report = ret};
    s.run_max = batch_slots > 0 && batch_slots < RUN_SLOTS ? batch_slots : RUN_SLOTS;
    *ret = (struct oat_ship_report){0};
    enum oat_ship_outcome outcome = send_all(&s, is_newest);
    free(s.run);
    if (ship->complete) {
        free(ship->sent);
        ship->sent = NULL;
    }
    return outcome;
}
