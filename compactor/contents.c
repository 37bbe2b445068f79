#include "compactor/contents.h"

#include "compactor/pack_sources.h"
#include "format/attrs_walk.h"
#include "format/base64.h"
#include "format/limits.h"
#include "format/names.h"
#include "reader/array.h"
#include "reader/part.h"
#include "reader/record.h"

#include <stdlib.h>
#include <string.h>

struct visit {
    struct oat_sources *sources;
    uint32_t source;
    const struct oat_contents_visitor *visitor;
    struct oat_pack_sources readers;
    struct oat_pieces pieces; /* of the payload in hand */
    uint8_t *reached;         /* a bit for each place where an entry of the pair may begin; NULL: of a part */
    uint64_t reached_end;     /* bytes of its .blobs */
};

static void reach(struct visit *v, uint64_t place)
{
    uint64_t unit = place / OAT_BLOB_UNIT;
    if (v->reached && place < v->reached_end)
        v->reached[unit / 8] |= (uint8_t)(1u << unit % 8);
}

static bool is_reached(const struct visit *v, uint64_t place)
{
    uint64_t unit = place / OAT_BLOB_UNIT;
    return place >= v->reached_end || v->reached[unit / 8] >> unit % 8 & 1;
}

const uint8_t *oat_piece_whole(const struct oat_pieces *pieces, const struct oat_piece *piece)
{
    return (piece->in_wholes ? pieces->wholes.bytes : pieces->bytes.bytes) + piece->whole_at;
}

/* ---- Pieces ---- */

/* Adds a piece by its bytes, of which `shown` stand in the payload. */
static int add_piece(struct oat_pieces *p, const uint8_t *bytes, size_t len, size_t shown)
{
    struct oat_piece piece = {.at = p->bytes.len, .len = shown, .whole_at = p->bytes.len, .whole_len = len};
    if (!oat_array_reserve(&p->pieces, p->count, &p->capacity, sizeof piece))
        return OAT_E_NOMEM;
    int result = oat_buffer_put(&p->bytes, bytes, shown);
    if (result == OAT_OK && shown < len) {
        piece.in_wholes = true;
        piece.whole_at = p->wholes.len;
        result = oat_buffer_put(&p->wholes, bytes, len);
    }
    if (result == OAT_OK)
        p->pieces[p->count++] = piece;
    return result;
}

static int add_base64(struct oat_pieces *p, const uint8_t *bytes, size_t len, size_t rest)
{
    size_t encoded_len = oat_base64_encoded_len(len);
    struct oat_piece piece = {.at = p->bytes.len, .whole_at = p->wholes.len, .whole_len = len};
    piece.len = encoded_len < rest ? encoded_len : rest;
    piece.in_wholes = true;
    uint8_t *encoded = oat_buffer_reserve(&p->bytes, encoded_len);
    if (!encoded || !oat_array_reserve(&p->pieces, p->count, &p->capacity, sizeof piece))
        return OAT_E_NOMEM;
    oat_base64_encode((char *)encoded, bytes, len);
    p->bytes.len += piece.len;
    p->pieces[p->count++] = piece;
    return oat_buffer_put(&p->wholes, bytes, len);
}

/* Adds what a step makes, at most `need` bytes of the payload. */
static int add_step(struct visit *v, struct oat_source_reader *reader, const struct oat_recipe_step *step,
                    uint64_t need)
{
    struct oat_pieces *p = &v->pieces;
    const char *lead = oat_recipe_lead(step->op);
    const uint8_t *bytes = step->literal;
    size_t len = (size_t)step->len, lead_len = strlen(lead);
    bool is_marker;
    int result = OAT_OK;
    if (step->op != OAT_RECIPE_LITERAL) {
        reach(v, step->offset);
        result = oat_source_chunk(reader, step->offset, &bytes, &len, &is_marker);
        if (result == OAT_OK)
            result = oat_buffer_put(&p->bytes, lead, lead_len);
    }
    if (result != OAT_OK || p->bytes.len >= need)
        return result;
    size_t rest = (size_t)(need - p->bytes.len);
    if (step->op == OAT_RECIPE_BASE64)
        return add_base64(p, bytes, len, rest);
    return add_piece(p, bytes, len, len < rest ? len : rest);
}

/* One recipe of a chain of bases: where it is and how much of it is wanted. */
struct level {
    uint64_t place, need;
};

/* *ret_depth: the recipe without a base. */
static int follow_bases(struct oat_source_reader *reader, struct level level[OAT_RECIPE_DEPTH_MAX],
                        size_t *ret_depth)
{
    for (size_t i = 0;; i++) {
        struct oat_source_item item;
        struct oat_recipe_step step;
        int result = oat_source_item(reader, level[i].place, &item);
        if (result == OAT_OK && item.kind != OAT_PAYLOAD_RECIPE)
            result = OAT_E_CORRUPT;
        if (result == OAT_OK)
            result = oat_source_next(reader, &step);
        if (result < 0)
            return result;
        *ret_depth = i;
        if (result == OAT_NOTFOUND || step.op != OAT_RECIPE_BASE)
            return OAT_OK;
        if (i + 1 == OAT_RECIPE_DEPTH_MAX)
            return OAT_E_CORRUPT;
        uint64_t need = step.len < level[i].need ? step.len : level[i].need;
        level[i + 1] = (struct level){step.offset, need};
    }
}

static int collect_recipe(struct visit *v, struct oat_source_reader *reader, uint64_t place, uint64_t len)
{
    struct level level[OAT_RECIPE_DEPTH_MAX] = {{place, len}};
    struct oat_source_item item;
    struct oat_recipe_step step;
    size_t depth = 0;
    int result = follow_bases(reader, level, &depth);
    for (size_t i = depth + 1; i-- > 0 && result == OAT_OK;) {
        result = oat_source_item(reader, level[i].place, &item);
        while (result == OAT_OK && v->pieces.bytes.len < level[i].need) {
            result = oat_source_next(reader, &step);
            if (result == OAT_OK && step.op != OAT_RECIPE_BASE)
                result = add_step(v, reader, &step, level[i].need);
        }
        result = result == OAT_NOTFOUND ? OAT_OK : result;
    }
    return result;
}

static int collect(struct visit *v, uint64_t place)
{
    struct oat_source_item item;
    struct oat_source_reader *reader = oat_pack_sources_use(&v->readers, v->source);
    v->pieces.bytes.len = v->pieces.wholes.len = v->pieces.count = 0;
    if (!reader)
        return OAT_E_NOMEM;
    reach(v, place);
    int result = oat_source_item(reader, place, &item);
    if (result != OAT_OK || item.kind == OAT_PAYLOAD_NOTHING)
        return result;
    if (item.kind == OAT_PAYLOAD_RECIPE)
        return collect_recipe(v, reader, place, item.raw_len);
    const struct oat_recipe_step chunk = {.op = OAT_RECIPE_CHUNK, .offset = item.chunk};
    return add_step(v, reader, &chunk, item.raw_len);
}

static int visit_attributes(struct visit *v, const struct oat_record_payload *payload)
{
    uint8_t *bytes;
    size_t len;
    int result = oat_record_payload_read(v->sources, v->source, payload, SIZE_MAX, &bytes, &len);
    if (result != OAT_OK)
        return result;
    result = oat_attrs_texts(bytes, len, v->visitor->text, v->visitor->arg);
    free(bytes);
    return result;
}

static int visit_payload(struct visit *v, const struct oat_record_payload *payload)
{
    if (payload->kind == OAT_PLACE_NONE || (payload->flags & OAT_REF_LOST))
        return OAT_OK;
    int result = collect(v, payload->place);
    if (result == OAT_OK && payload->media == OAT_MEDIA_ATTRS)
        return visit_attributes(v, payload);
    if (result == OAT_OK && v->pieces.bytes.len > 0)
        result = v->visitor->payload(v->visitor->arg, &v->pieces);
    return result;
}

/* What is damaged shows nothing that could be forgotten. */
static int pass_damage(int result)
{
    return result == OAT_E_CORRUPT || result == OAT_E_IO || result == OAT_NOTFOUND || result == OAT_E_LIMIT
               ? OAT_OK
               : result;
}

static int visit_payloads(struct visit *v, const struct oat_record_payload *payloads, size_t count)
{
    int result = OAT_OK;
    for (size_t i = 0; i < count && result == OAT_OK; i++)
        result = pass_damage(visit_payload(v, &payloads[i]));
    return result;
}

/* ---- Pairs ---- */

/* A long text is a payload, too: the pieces of one may be forgotten because of another. */
static int visit_string(struct visit *v, const struct oat_pair *pair, uint32_t slot_no, const uint8_t *bytes)
{
    struct oat_disk_string string;
    memcpy(&string, bytes, sizeof string);
    const struct oat_record_payload payload =
        string.in_blob ? oat_record_payload_of(&string.u.blob) : (struct oat_record_payload){0};
    int result = visit_payloads(v, &payload, 1);
    if (result != OAT_OK)
        return result;
    oat_text text = oat_strings_get(&v->sources->strings, pair, slot_no + 1, &v->sources->problems);
    return text.bytes ? v->visitor->text(v->visitor->arg, (const uint8_t *)text.bytes, text.len) : OAT_OK;
}

static int visit_slot(void *arg, struct oat_pair *pair, uint32_t slot_no, enum oat_slot_state state,
                      uint16_t kind, const uint8_t *bytes)
{
    struct visit *v = arg;
    struct oat_mark_record mark;
    struct oat_disk_span span;
    if (state != OAT_SLOT_GOOD)
        return OAT_OK;
    switch (kind) {
    case OAT_SLOT_STRING:
        return visit_string(v, pair, slot_no, bytes);
    case OAT_SLOT_SPAN:
    case OAT_SLOT_OPEN:
        memcpy(&span, bytes, sizeof span);
        const struct oat_record_payload payloads[] = {
            oat_record_payload_of(&span.input), oat_record_payload_of(&span.output),
            oat_record_payload_of(&span.attributes), oat_record_payload_of(&span.error)};
        return visit_payloads(v, payloads, sizeof payloads / sizeof *payloads);
    case OAT_SLOT_EVENT:
    case OAT_SLOT_LINK:
        oat_mark_record_of_slot(v->sources, pair, kind, bytes, &mark);
        return visit_payloads(v, &mark.attributes, 1);
    default:
        return OAT_OK;
    }
}

/* A payload that no slot shows: of a call that has not ended, or one that was set again. What reads as
 * attributes will be shown as such. */
static int visit_stray(struct visit *v, const struct oat_source_reader *reader, uint64_t offset)
{
    struct oat_buffer *bytes = &v->pieces.bytes;
    bool masked;
    int result = collect(v, offset);
    if (result != OAT_OK || bytes->len == 0)
        return result;
    if (oat_forgotten_mask_attributes(reader->forgotten, bytes->bytes, bytes->len, &masked) == OAT_OK)
        return oat_attrs_texts(bytes->bytes, bytes->len, v->visitor->text, v->visitor->arg);
    return v->visitor->payload(v->visitor->arg, &v->pieces);
}

struct strays {
    struct visit *visit;
    const struct oat_source_reader *reader;
    bool recipes; /* else what no recipe refers to */
};

static int visit_entry(void *arg, uint64_t offset, const struct oat_entry *entry)
{
    const struct strays *s = arg;
    if ((entry->kind == OAT_ENTRY_RECIPE) != s->recipes || is_reached(s->visit, offset))
        return OAT_OK;
    return pass_damage(visit_stray(s->visit, s->reader, offset));
}

/* Entries that no slot has led to. */
static int visit_strays(struct visit *v, const struct oat_pair *pair, const struct oat_source_reader *reader)
{
    struct strays strays = {v, reader, true};
    struct oat_problems problems; /* what is no entry shows nothing that could be forgotten */
    oat_problems_init(&problems);
    int result = oat_blobs_walk(pair, reader->chunks, v->reached_end, &problems, visit_entry, &strays);
    strays.recipes = false;
    if (result == OAT_OK)
        result = oat_blobs_walk(pair, reader->chunks, v->reached_end, &problems, visit_entry, &strays);
    oat_problems_clear(&problems);
    return result;
}

static int visit_pair(struct visit *v, struct oat_pair *pair)
{
    const struct oat_source_reader *reader = oat_pack_sources_use(&v->readers, v->source);
    uint64_t allocated;
    if (!reader)
        return OAT_E_NOMEM;
    if (!pair->usable)
        return OAT_OK;
    if (reader->chunks && oat_file_size(&pair->blobs, &v->reached_end, &allocated) == OAT_OK) {
        /* What slots below the bound refer to is in the file by now. */
        oat_chunks_set_len(reader->chunks, v->reached_end);
        v->reached = calloc(v->reached_end / OAT_BLOB_UNIT / 8 + 1, 1);
        if (!v->reached)
            return OAT_E_NOMEM;
    }
    int result = pass_damage(oat_pair_scan(pair, 0, pair->slots, &v->sources->problems, visit_slot, v));
    oat_strings_forget(&v->sources->strings);
    return result == OAT_OK && v->reached ? visit_strays(v, pair, reader) : result;
}

/* ---- Parts ---- */

static int visit_texts(struct visit *v, struct oat_part *part, enum oat_table_id table, unsigned column)
{
    uint32_t count = oat_part_text_count(part, table, column);
    int result = OAT_OK;
    for (uint64_t code = 1; code <= count && result == OAT_OK; code++) {
        oat_text text = oat_part_text(part, table, column, code);
        if (text.bytes)
            result = v->visitor->text(v->visitor->arg, (const uint8_t *)text.bytes, text.len);
    }
    return result;
}

static int visit_columns(struct visit *v, struct oat_part *part)
{
    static const struct {
        enum oat_table_id table;
        unsigned first, count;
    } columns[] = {
        {OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT, OAT_TEXT_FIELDS},
        {OAT_TABLE_EVENTS, OAT_COL_EVENT_NAME, 1},
        {OAT_TABLE_LINKS, OAT_COL_LINK_TRACE_STATE, 1},
        {OAT_TABLE_SCORES, OAT_COL_SCORE_NAME, OAT_MARK_TEXTS_MAX},
    };
    int result = OAT_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        for (unsigned c = 0; c < columns[i].count && result == OAT_OK; c++)
            result = visit_texts(v, part, columns[i].table, columns[i].first + c);
    return result;
}

static int visit_part_attributes(struct visit *v, struct oat_part *part)
{
    uint32_t count = oat_part_attribute_count(part);
    int result = OAT_OK;
    for (uint64_t code = 1; code <= count && result == OAT_OK; code++) {
        oat_text key, value;
        oat_part_attribute(part, code, &key, &value);
        if (!key.bytes)
            continue;
        result = v->visitor->text(v->visitor->arg, (const uint8_t *)key.bytes, key.len);
        if (result == OAT_OK)
            result =
                oat_value_texts((const uint8_t *)value.bytes, value.len, v->visitor->text, v->visitor->arg);
    }
    return result;
}

/* Those that no row refers to are bases of others. */
static int visit_pack(struct visit *v, struct oat_pack *pack)
{
    uint32_t count = pack ? oat_pack_payload_count(pack) : 0;
    int result = OAT_OK;
    for (uint32_t i = 0; i < count && result == OAT_OK; i++) {
        struct oat_pack_payload found;
        result = oat_pack_payload(pack, i, &found);
        const struct oat_record_payload payload = {
            .kind = OAT_PLACE_PACK, .media = found.media, .flags = found.flags, .place = i};
        result = pass_damage(result == OAT_OK ? visit_payload(v, &payload) : result);
    }
    return result;
}

static int visit_part(struct visit *v, struct oat_part *part)
{
    int result = visit_columns(v, part);
    if (result == OAT_OK)
        result = visit_part_attributes(v, part);
    return result == OAT_OK ? visit_pack(v, oat_part_pack(part)) : result;
}

/* ---- Both ---- */

int oat_contents_visit_source(struct oat_sources *sources, uint32_t source,
                              const struct oat_contents_visitor *visitor)
{
    struct visit v = {
        .sources = sources, .source = source, .visitor = visitor, .readers = {.sources = sources}};
    struct oat_pair *pair = oat_sources_pair(sources, source);
    int result = pair ? visit_pair(&v, pair) : visit_part(&v, oat_sources_part(sources, source));
    oat_pack_sources_clear(&v.readers);
    free(v.reached);
    free(v.pieces.bytes.bytes);
    free(v.pieces.wholes.bytes);
    free(v.pieces.pieces);
    return result;
}

int oat_contents_visit(struct oat_sources *sources, const struct oat_contents_visitor *visitor)
{
    int result = OAT_OK;
    for (size_t i = 0; i < sources->pair_count && result == OAT_OK; i++)
        result = oat_contents_visit_source(sources, (uint32_t)i, visitor);
    for (size_t i = 0; i < sources->part_count && result == OAT_OK; i++)
        result = oat_contents_visit_source(sources, OAT_SOURCE_PART | (uint32_t)i, visitor);
    return result;
}
