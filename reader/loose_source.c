#include "reader/loose_source.h"

#include "format/attrs.h"
#include "reader/compare.h"
#include "reader/intern.h"
#include "reader/linked_rows.h"
#include "reader/loose_columns.h"
#include "reader/record_numbers.h"
#include "reader/row_records.h"
#include "reader/text_match.h"

#include <stdlib.h>
#include <string.h>

#define NO_BATCH UINT32_MAX
#define FEW_ROWS 64u /* whose records are read one by one */

_Static_assert(OAT_BATCH_ROWS <= OAT_ROW_RECORDS, "a batch is read at once");
_Static_assert(OAT_BATCH_ROWS == OAT_BLOCK_ROWS, "a batch is a block of the hot index");

/* Rows of a batch of a linked assembly. */
struct linked {
    uint32_t batch; /* or NO_BATCH */
    struct oat_kept_row rows[OAT_BATCH_ROWS];
};

struct loose {
    struct oat_source source;
    const struct oat_assembly *assembly;
    struct linked *linked;      /* NULL: the assembly is not linked */
    bool differing;             /* traces that do not differ are left out */
    struct oat_record *records; /* of the rows of one batch, */
    uint32_t record_batch;      /* this one */
    uint32_t record_texts;      /* those that they have: a bit for each field */
    uint32_t texts_wanted;      /* those that any batch was asked for */
    struct oat_slot_maps maps;
    struct oat_loose_columns columns;
    struct oat_intern texts[OAT_TEXT_FIELDS];
    struct oat_intern keys, values; /* of attributes; a value is its encoding */
    struct oat_intern attributes;   /* pairs of their codes */
    struct oat_code_columns codes;  /* of the attributes of a batch */
};

/* Of linked ones: as much as oat_linked_read tells. */
static const struct oat_kept_row *rows_of(const struct loose *l, uint32_t batch)
{
    if (!l->linked)
        return l->assembly->rows + (size_t)batch * OAT_BATCH_ROWS;
    if (l->linked->batch != batch)
        oat_linked_read(l->assembly, batch, l->linked->rows);
    l->linked->batch = batch;
    return l->linked->rows;
}

static size_t row_count(const struct oat_assembly *assembly)
{
    return assembly->linked ? oat_linked_row_count(assembly) : assembly->row_count;
}

static uint32_t count_of(const struct loose *l, uint32_t batch)
{
    size_t left = row_count(l->assembly) - (size_t)batch * OAT_BATCH_ROWS;
    return left < OAT_BATCH_ROWS ? (uint32_t)left : OAT_BATCH_ROWS;
}

/* Records of a batch, read when a vector needs more than its rows; texts: a bit for each field. */
static int read_records(struct loose *l, uint32_t batch, uint32_t texts)
{
    const struct oat_kept_row *rows = rows_of(l, batch);
    if (l->record_batch == batch && (texts & ~l->record_texts) == 0)
        return OAT_OK;
    l->texts_wanted |= texts;
    if (!l->records)
        l->records = malloc(OAT_BATCH_ROWS * sizeof *l->records);
    if (!l->records)
        return OAT_E_NOMEM;
    int result = oat_row_records(l->assembly->sources, &l->maps, l->texts_wanted, rows, count_of(l, batch),
                                 l->records);
    l->record_batch = result == OAT_OK ? batch : NO_BATCH;
    l->record_texts = l->texts_wanted;
    return result;
}

/* True when no row of the batch is of a hot pair: columns can be read instead of records. */
static bool is_of_parts(const struct loose *l, uint32_t batch)
{
    const struct oat_kept_row *rows = rows_of(l, batch);
    uint32_t all = OAT_SOURCE_PART;
    if (l->linked)
        return true;
    for (uint32_t i = 0; i < count_of(l, batch); i++)
        all &= rows[i].source;
    return all != 0;
}

static bool is_there(const struct loose *l, const struct oat_kept_row *row)
{
    return row->trace != OAT_NO_ROW && (!l->differing || l->assembly->traces[row->trace].differs);
}

static int open_batch(struct oat_source *source, uint32_t number, struct oat_batch *batch)
{
    struct loose *l = (struct loose *)source;
    batch->count = count_of(l, number);
    memset(batch->rows, 0, sizeof batch->rows);
    for (uint32_t i = 0; i < batch->count; i++)
        batch->rows[i / 64] |= (uint64_t)is_there(l, &rows_of(l, number)[i]) << i % 64;
    return OAT_OK;
}

/* ---- Numbers ---- */

static uint64_t wide_of_row(const struct loose *l, const struct oat_kept_row *row, enum oat_vector vector)
{
    switch (vector) {
    case OAT_VECTOR_START:
        return row->start_ns;
    case OAT_VECTOR_DURATION:
        return row->open ? 0 : row->end_ns - row->start_ns;
    case OAT_VECTOR_COST:
        return (uint64_t)l->assembly->amounts[row->amounts].cost_total_nano;
    case OAT_VECTOR_SPAN_ID:
        return oat_le64_load(row->span_id);
    case OAT_VECTOR_PARENT_ID:
        return oat_le64_load(oat_assembly_parent_id(l->assembly, row));
    default:
        return l->assembly->amounts[row->amounts].call_id;
    }
}

static int fill64(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint64_t *dst)
{
    struct loose *l = (struct loose *)source;
    bool of_cost = vector == OAT_VECTOR_COST_INPUT || vector == OAT_VECTOR_COST_OUTPUT;
    const struct oat_kept_row *rows = rows_of(l, batch->number);
    if (!l->linked && !of_cost) {
        for (uint32_t i = 0; i < batch->count; i++)
            dst[i] = wide_of_row(l, &rows[i], vector);
        return OAT_OK;
    }
    if (is_of_parts(l, batch->number))
        return oat_loose_columns_fill64(&l->columns, l->assembly->sources, rows, batch->count, vector, dst);
    int result = read_records(l, batch->number, 0);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++)
        dst[i] = oat_record_number64(&l->records[i], vector);
    return result;
}

/* What a row itself tells; false: its part or its record has to be read. */
static bool narrow_of_row(const struct loose *l, const struct oat_kept_row *row, enum oat_vector vector,
                          uint32_t *ret)
{
    if (l->linked && vector != OAT_VECTOR_COUNTED && vector != OAT_VECTOR_TRACE)
        return false;
    switch ((int)vector) {
    case OAT_VECTOR_TYPE:
        *ret = row->type;
        return true;
    case OAT_VECTOR_STATUS:
        *ret = row->status;
        return true;
    case OAT_VECTOR_FLAGS:
        *ret = row->flags;
        return true;
    case OAT_VECTOR_COUNTED:
        *ret = row->counted;
        return true;
    case OAT_VECTOR_TOKENS + OAT_COUNT_INPUT:
        *ret = l->assembly->amounts[row->amounts].input_tokens;
        return true;
    case OAT_VECTOR_TOKENS + OAT_COUNT_OUTPUT:
        *ret = l->assembly->amounts[row->amounts].output_tokens;
        return true;
    case OAT_VECTOR_PARENT:
        *ret = row->away || row->parent != OAT_NO_ROW;
        return true;
    case OAT_VECTOR_TRACE:
        *ret = row->trace == OAT_NO_ROW ? 0 : row->trace; /* also for rows that are left out: one there is */
        return true;
    default:
        return false;
    }
}

static bool is_text(enum oat_vector vector)
{
    return vector >= OAT_VECTOR_TEXT && vector < OAT_VECTOR_TEXT + OAT_TEXT_FIELDS;
}

static int narrow_of_parts(struct loose *l, const struct oat_batch *batch, enum oat_vector vector,
                           uint32_t *dst)
{
    const struct oat_kept_row *rows = rows_of(l, batch->number);
    if (!is_text(vector))
        return oat_loose_columns_fill32(&l->columns, l->assembly->sources, rows, batch->count, vector, dst);
    unsigned field = vector - OAT_VECTOR_TEXT;
    return oat_loose_columns_texts(&l->columns, l->assembly->sources, rows, batch->count, field,
                                   &l->texts[field], dst);
}

static int fill32(struct oat_source *source, struct oat_batch *batch, enum oat_vector vector, uint32_t *dst)
{
    struct loose *l = (struct loose *)source;
    const struct oat_kept_row *rows = rows_of(l, batch->number);
    if (batch->count == 0 || narrow_of_row(l, rows, vector, dst)) {
        for (uint32_t i = 0; i < batch->count; i++)
            narrow_of_row(l, &rows[i], vector, &dst[i]);
        return OAT_OK;
    }
    if (is_of_parts(l, batch->number))
        return narrow_of_parts(l, batch, vector, dst);
    int result = read_records(l, batch->number, is_text(vector) ? 1u << (vector - OAT_VECTOR_TEXT) : 0);
    for (uint32_t i = 0; i < batch->count && result == OAT_OK; i++) {
        if (is_text(vector))
            result = oat_intern(&l->texts[vector - OAT_VECTOR_TEXT],
                                l->records[i].text[vector - OAT_VECTOR_TEXT], &dst[i]);
        else
            dst[i] = oat_record_number32(&l->records[i], vector);
    }
    return result;
}

static bool zone(struct oat_source *source, uint32_t number, enum oat_vector vector, uint64_t *ret_min,
                 uint64_t *ret_max)
{
    const struct loose *l = (const struct loose *)source;
    if (vector != OAT_VECTOR_START)
        return false;
    if (!l->linked)
        return oat_hot_index_bounds(&l->assembly->index, number, ret_min, ret_max);
    oat_linked_bounds(l->assembly, number, ret_min, ret_max);
    return true;
}

/* ---- Texts and attributes ---- */

static uint32_t code_count(struct oat_source *source, enum oat_vector vector)
{
    return ((struct loose *)source)->texts[vector - OAT_VECTOR_TEXT].count;
}

static oat_text text(struct oat_source *source, enum oat_vector vector, uint32_t code)
{
    const struct oat_intern *texts = &((struct loose *)source)->texts[vector - OAT_VECTOR_TEXT];
    return code > 0 && code <= texts->count ? texts->texts[code - 1] : (oat_text){0};
}

/* The code of an attribute: of the pair of its key's and its value's codes. */
static int attribute_code(struct loose *l, oat_text key, oat_text value, uint32_t *ret_code)
{
    uint32_t pair[2];
    int result = oat_intern(&l->keys, key, &pair[0]);
    if (result == OAT_OK)
        result = oat_intern(&l->values, value, &pair[1]);
    if (result == OAT_OK)
        result = oat_intern(&l->attributes, (oat_text){(const char *)pair, sizeof pair}, ret_code);
    return result;
}

/* Sets the n-th code of a row. */
static bool set_code(struct loose *l, uint32_t n, uint32_t row, uint32_t code)
{
    if (n == l->codes.count) {
        uint32_t *column = oat_code_columns_add(&l->codes);
        if (!column)
            return false;
        memset(column, 0, OAT_BATCH_ROWS * sizeof *column);
    }
    l->codes.codes[(size_t)n * OAT_BATCH_ROWS + row] = code;
    return true;
}

static int add_attributes(struct loose *l, uint32_t row, const struct oat_record *record)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    uint8_t *bytes;
    size_t len, key_len;
    int result = oat_record_payload_read(l->assembly->sources, record->source,
                                         &record->payload[OAT_RECORD_ATTRIBUTES], SIZE_MAX, &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK; /* none, or reported */
    result = oat_attrs_open(bytes, len, &cursor) == OAT_OK ? OAT_OK : OAT_NOTFOUND;
    for (uint32_t n = 0; result == OAT_OK && oat_attrs_next(&cursor, &key, &key_len, &value); n++) {
        uint32_t code;
        const uint8_t *end = bytes + cursor.pos;
        oat_text encoded = {(const char *)key + key_len, (size_t)(end - (key + key_len))};
        result = attribute_code(l, (oat_text){(const char *)key, key_len}, encoded, &code);
        if (result == OAT_OK && !set_code(l, n, row, code))
            result = OAT_E_NOMEM;
    }
    free(bytes);
    return result == OAT_E_NOMEM ? result : OAT_OK;
}

static int add_attributes_of(struct loose *l, const struct oat_batch *batch, uint32_t row)
{
    struct oat_record record;
    if (l->record_batch == batch->number)
        return add_attributes(l, row, &l->records[row]);
    const struct oat_kept_row *kept = &rows_of(l, batch->number)[row];
    oat_record_read_one(l->assembly->sources, &l->maps, 0, kept->source, kept->place, &record); /* or zeros */
    return add_attributes(l, row, &record);
}

static int attributes(struct oat_source *source, struct oat_batch *batch,
                      const uint64_t rows[OAT_BATCH_WORDS], const struct oat_code_columns **ret)
{
    struct loose *l = (struct loose *)source;
    int result = oat_rows_count(rows) > FEW_ROWS ? read_records(l, batch->number, 0) : OAT_OK;
    l->codes.count = 0;
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++)
        for (uint64_t left = rows[word]; left != 0 && result == OAT_OK; left &= left - 1)
            result = add_attributes_of(l, batch, word * 64 + (unsigned)__builtin_ctzll(left));
    *ret = &l->codes;
    return result;
}

static uint32_t attribute_count(struct oat_source *source)
{
    return ((struct loose *)source)->attributes.count;
}

static void attribute(struct oat_source *source, uint32_t code, oat_text *ret_key, oat_text *ret_value)
{
    const struct loose *l = (const struct loose *)source;
    uint32_t pair[2];
    *ret_key = *ret_value = (oat_text){0};
    if (code == 0 || code > l->attributes.count)
        return;
    memcpy(pair, l->attributes.texts[code - 1].bytes, sizeof pair);
    *ret_key = l->keys.texts[pair[0] - 1];
    *ret_value = l->values.texts[pair[1] - 1];
}

/* ---- Traces and payloads ---- */

static void read_trace_texts(const struct loose *l, const struct oat_trace_info *info,
                             struct oat_trace_figures *figures)
{
    struct oat_row_place root = oat_assembly_place(l->assembly, info->first_row + info->root);
    struct oat_record record;
    oat_record_read(l->assembly->sources, root.source, root.place, &record);
    memcpy(figures->text, record.text, sizeof figures->text);
    if (info->root_missing)
        figures->text[OAT_TEXT_NAME] = figures->text[OAT_TEXT_AGENT] = (oat_text){0};
    figures->text[OAT_TEXT_MODEL] = (oat_text){0};
    if (info->model_row == OAT_NO_ROW)
        return;
    struct oat_row_place model = oat_assembly_place(l->assembly, info->first_row + info->model_row);
    oat_record_read(l->assembly->sources, model.source, model.place, &record);
    figures->text[OAT_TEXT_MODEL] = record.text[OAT_TEXT_MODEL];
}

static int trace(struct oat_source *source, uint32_t number, uint32_t wanted, struct oat_trace_figures *ret)
{
    const struct loose *l = (const struct loose *)source;
    const struct oat_trace_info *info = &l->assembly->traces[number];
    memset(ret, 0, sizeof *ret);
    memcpy(ret->trace_id, info->trace_id, sizeof ret->trace_id);
    if (info->row_count == 0)
        return OAT_OK;
    ret->start_ns = info->start_ns;
    ret->end_ns = info->end_ns;
    ret->input_tokens = info->input_tokens;
    ret->output_tokens = info->output_tokens;
    ret->cost_nano = info->cost_total_nano;
    ret->has_input_tokens = info->has_input_tokens;
    ret->has_output_tokens = info->has_output_tokens;
    ret->has_cost = info->has_cost;
    ret->status = (enum oat_shown_status)info->status;
    ret->span_count = info->row_count;
    ret->error_count = info->error_count;
    ret->depth = info->depth;
    ret->llm_calls = info->llm_calls;
    ret->tool_calls = info->tool_calls;
    if (wanted >> OAT_FIGURE_TEXT != 0)
        read_trace_texts(l, info, ret);
    return OAT_OK;
}

/* Is the text in a payload of a span? */
static int payload_contains(const struct loose *l, const struct oat_record *record,
                            const struct oat_record_payload *payload, const struct oat_text_match *match,
                            bool *ret)
{
    uint8_t *bytes;
    size_t len;
    *ret = payload->kind != OAT_PLACE_NONE;
    if (!*ret || oat_text_match_folded(match).len == 0)
        return OAT_OK;
    int result = oat_record_payload_read_text(l->assembly->sources, record->source, payload, &bytes, &len);
    *ret = result == OAT_OK && oat_text_match_in(match, bytes, len);
    if (result == OAT_OK)
        free(bytes);
    return result == OAT_E_NOMEM ? result : OAT_OK; /* else it is reported */
}

static int contains(struct oat_source *source, struct oat_batch *batch, enum oat_payload_field field,
                    const struct oat_text_match *match, uint64_t rows[OAT_BATCH_WORDS])
{
    static const enum oat_record_payload_field payload_of[] = {
        [OAT_PAYLOAD_OF_INPUT] = OAT_RECORD_INPUT,
        [OAT_PAYLOAD_OF_OUTPUT] = OAT_RECORD_OUTPUT,
        [OAT_PAYLOAD_OF_ERROR] = OAT_RECORD_ERROR,
    };
    struct loose *l = (struct loose *)source;
    int result = read_records(l, batch->number, 0);
    for (uint32_t word = 0; word < OAT_BATCH_WORDS; word++) {
        for (uint64_t left = rows[word]; left != 0 && result == OAT_OK; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            const struct oat_record *record = &l->records[word * 64 + bit];
            bool found = false;
            result = payload_contains(l, record, &record->payload[payload_of[field]], match, &found);
            rows[word] &= ~((uint64_t)!found << bit);
        }
    }
    return result;
}

/* ---- The source ---- */

static void free_source(struct oat_source *source)
{
    struct loose *l = (struct loose *)source;
    for (unsigned i = 0; i < OAT_TEXT_FIELDS; i++)
        oat_intern_free(&l->texts[i]);
    oat_intern_free(&l->keys);
    oat_intern_free(&l->values);
    oat_intern_free(&l->attributes);
    oat_loose_columns_free(&l->columns);
    oat_slot_maps_free(&l->maps);
    free(l->codes.codes);
    free(l->records);
    free(l->linked);
    free(l);
}

int oat_loose_source_new(const struct oat_assembly *assembly, struct oat_source **ret)
{
    static const struct oat_source_ops ops = {
        .free = free_source,
        .open = open_batch,
        .fill64 = fill64,
        .fill32 = fill32,
        .zone = zone,
        .code_count = code_count,
        .text = text,
        .attributes = attributes,
        .attribute_count = attribute_count,
        .attribute = attribute,
        .trace = trace,
        .contains = contains,
    };
    struct loose *l = calloc(1, sizeof *l);
    struct linked *linked = assembly->linked ? malloc(sizeof *linked) : NULL;
    if (!l || (assembly->linked && !linked)) {
        free(l);
        free(linked);
        return OAT_E_NOMEM;
    }
    if (linked)
        linked->batch = NO_BATCH;
    l->linked = linked;
    l->source = (struct oat_source){
        .ops = &ops,
        .batch_count = (uint32_t)((row_count(assembly) + OAT_BATCH_ROWS - 1) / OAT_BATCH_ROWS),
        .trace_count = (uint32_t)assembly->trace_count,
    };
    l->assembly = assembly;
    l->record_batch = NO_BATCH;
    *ret = &l->source;
    return OAT_OK;
}

int oat_differing_source_new(const struct oat_assembly *linked, struct oat_source **ret)
{
    int result = oat_loose_source_new(linked, ret);
    if (result != OAT_OK)
        return result;
    ((struct loose *)*ret)->differing = true;
    if (linked->linked && oat_linked_differing(linked) == 0)
        (*ret)->batch_count = 0;
    return OAT_OK;
}
