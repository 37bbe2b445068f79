#include "tests/support/part_maker.h"

#include "format/attrs.h"
#include "format/dictionary.h"
#include "format/varint.h"
#include "tests/support/table_maker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS_MAX 4096u

/* A trace, as it is found among the spans, or made for marks alone. */
struct trace {
    const uint8_t *id;
    uint32_t first;
    uint32_t count;
};

struct maker {
    const struct oat_made_part *made;
    struct oat_section_writer file;
    struct trace *traces;
    uint32_t trace_count;
    uint32_t *trace_of; /* by span */
    int64_t *parent;    /* row, or -1 */
    struct oat_text_codes texts[OAT_TEXT_FIELDS];
    struct oat_text_codes keys;
    struct oat_text_codes attributes; /* number of the key - 1 (4 bytes), value */
    oat_le64 flags[FLAGS_MAX];
    uint32_t flag_count;
};

static uint64_t zigzag_of(oat_le64 number)
{
    return oat_zigzag((int64_t)oat_le64_get(number));
}

static uint32_t code_of_flags(struct maker *m, uint32_t flags)
{
    uint32_t n = 0;
    if (flags == 0)
        return 0;
    while (n < m->flag_count && oat_le64_get(m->flags[n]) != flags)
        n++;
    oat_make_require(n < FLAGS_MAX, "distinct flags");
    m->flags[n] = oat_le64_of(flags);
    m->flag_count = n == m->flag_count ? n + 1 : m->flag_count;
    return n + 1;
}

/* ---- Shape ---- */

static struct trace *find_trace(struct maker *m, const uint8_t id[16])
{
    for (uint32_t t = m->trace_count; t-- > 0;)
        if (memcmp(m->traces[t].id, id, 16) == 0)
            return &m->traces[t];
    return NULL;
}

static struct trace *add_trace(struct maker *m, const uint8_t *id, size_t first)
{
    struct trace *trace = &m->traces[m->trace_count++];
    *trace = (struct trace){.id = id, .first = (uint32_t)first};
    return trace;
}

static void find_shape(struct maker *m)
{
    const struct oat_made_part *made = m->made;
    struct trace *trace = NULL;
    m->traces = oat_make_array(made->span_count + made->mark_count, sizeof *m->traces);
    m->trace_of = oat_make_array(made->span_count, sizeof *m->trace_of);
    m->parent = oat_make_array(made->span_count, sizeof *m->parent);
    for (size_t i = 0; i < made->span_count; i++) {
        const struct oat_disk_span *span = &made->spans[i].span;
        if (!trace || memcmp(trace->id, span->trace_id, 16) != 0)
            trace = add_trace(m, span->trace_id, i);
        trace->count++;
        m->trace_of[i] = m->trace_count - 1;
    }
    for (size_t i = 0; i < made->span_count; i++) {
        trace = &m->traces[m->trace_of[i]];
        m->parent[i] = -1;
        for (uint32_t k = trace->first; k < trace->first + trace->count; k++)
            if (k != i && memcmp(made->spans[i].span.parent_id, made->spans[k].span.span_id, 8) == 0)
                m->parent[i] = k;
    }
    for (size_t i = 0; i < made->mark_count; i++)
        if (!find_trace(m, made->marks[i].trace_id))
            add_trace(m, made->marks[i].trace_id, made->span_count);
}

/* ---- Spans ---- */

static void put_parent(struct maker *m, struct oat_table_writer *table, size_t row)
{
    uint64_t id = oat_make_id_number(m->made->spans[row].span.parent_id);
    uint64_t parent = id == 0 ? OAT_PARENT_NONE : OAT_PARENT_FAR;
    if (m->parent[row] >= 0)
        parent = OAT_PARENT_NEAR + oat_zigzag((int64_t)row - m->parent[row]);
    oat_table_writer_set(table, OAT_COL_SPAN_PARENT, parent);
    oat_table_writer_set(table, OAT_COL_SPAN_PARENT_ID, parent == OAT_PARENT_FAR ? id : 0);
}

static void put_numbers(struct maker *m, struct oat_table_writer *table, const struct oat_disk_span *span)
{
    uint64_t cost = oat_le64_get(span->cost_total_nano), in = oat_le64_get(span->cost_input_nano);
    uint64_t out = oat_le64_get(span->cost_output_nano), price = span->span_id[0] % 3 * UINT64_C(15000);
    oat_table_writer_set(table, OAT_COL_SPAN_ID, oat_make_id_number(span->span_id));
    oat_table_writer_set(table, OAT_COL_SPAN_START, oat_le64_get(span->start_ns));
    oat_table_writer_set(table, OAT_COL_SPAN_DURATION, oat_le64_get(span->duration_ns));
    oat_table_writer_set(table, OAT_COL_SPAN_TYPE, span->type);
    oat_table_writer_set(table, OAT_COL_SPAN_STATUS, span->status);
    oat_table_writer_set(table, OAT_COL_SPAN_OTEL_STATUS, span->otel_status);
    oat_table_writer_set(table, OAT_COL_SPAN_PRICE_TIER, span->price_tier);
    oat_table_writer_set(table, OAT_COL_SPAN_FLAGS, code_of_flags(m, oat_le32_get(span->flags)));
    oat_table_writer_set(table, OAT_COL_SPAN_PROMPT_VERSION, oat_le32_get(span->prompt_version));
    for (unsigned n = 0; n < OAT_COUNT_FIELDS; n++)
        oat_table_writer_set(table, OAT_COL_SPAN_COUNT + n, oat_le32_get(span->count[n]));
    oat_table_writer_set(table, OAT_COL_SPAN_TTFT, oat_le32_get(span->ttft_us));
    oat_table_writer_set(table, OAT_COL_SPAN_COST, zigzag_of(span->cost_total_nano));
    oat_table_writer_set(table, OAT_COL_SPAN_OUTPUT_PRICE, price);
    oat_table_writer_set(table, OAT_COL_SPAN_COST_OUTPUT,
                         oat_zigzag((int64_t)(out - price * oat_le32_get(span->count[OAT_COUNT_OUTPUT]))));
    oat_table_writer_set(table, OAT_COL_SPAN_COST_INPUT, oat_zigzag((int64_t)(in - (cost - out))));
    oat_table_writer_set(table, OAT_COL_SPAN_CALL_ID, oat_le64_get(span->call_id));
    oat_table_writer_set(table, OAT_COL_SPAN_SAMPLE_RATE, oat_le32_get(span->sample_rate));
}

/* Sets the codes of encoded attributes in the row of a span. */
static void put_attributes(struct maker *m, struct oat_table_writer *table, struct oat_table_writer *more,
                           const struct oat_made_span *span)
{
    struct oat_attr_cursor cursor;
    struct oat_attr_value value;
    const uint8_t *key;
    size_t key_len;
    unsigned count = 0;
    if (!span->attributes)
        return;
    oat_make_require(oat_attrs_open(span->attributes, span->attributes_len, &cursor) == OAT_OK, "attributes");
    while (oat_attrs_next(&cursor, &key, &key_len, &value)) {
        const uint8_t *encoded = key + key_len; /* its value stands behind the key */
        size_t encoded_len = (size_t)(cursor.bytes + cursor.pos - encoded);
        oat_le32 key_number =
            oat_le32_of(oat_make_code(&m->keys, (oat_text){(const char *)key, key_len}) - 1);
        char *pair = oat_make_array(sizeof key_number + encoded_len, 1);
        memcpy(pair, &key_number, sizeof key_number);
        memcpy(pair + sizeof key_number, encoded, encoded_len);
        uint32_t code = oat_make_code(&m->attributes, (oat_text){pair, sizeof key_number + encoded_len});
        if (count < OAT_ATTRIBUTE_COLUMNS) {
            oat_table_writer_set(table, OAT_COL_ATTRIBUTE + count++, code);
        } else {
            oat_table_writer_set(more, OAT_COL_MORE_ROW, table->total_rows);
            oat_table_writer_set(more, OAT_COL_MORE_CODE, code);
            oat_make_row(more);
        }
        free(pair);
    }
}

static void put_span(struct maker *m, struct oat_table_writer *table, size_t row)
{
    static const uint8_t columns[OAT_RECORD_PAYLOADS] = {
        [OAT_RECORD_INPUT] = OAT_COL_SPAN_INPUT,
        [OAT_RECORD_OUTPUT] = OAT_COL_SPAN_OUTPUT,
        [OAT_RECORD_ATTRIBUTES] = OAT_COL_SPAN_ATTRIBUTES,
        [OAT_RECORD_ERROR] = OAT_COL_SPAN_ERROR,
    };
    const struct oat_made_span *span = &m->made->spans[row];
    put_numbers(m, table, &span->span);
    put_parent(m, table, row);
    oat_table_writer_set(table, OAT_COL_SPAN_COUNTED, span->counted);
    for (unsigned f = 0; f < OAT_TEXT_FIELDS; f++)
        oat_table_writer_set(table, OAT_COL_SPAN_TEXT + f, oat_make_code(&m->texts[f], span->text[f]));
    for (unsigned f = 0; f < OAT_RECORD_PAYLOADS; f++)
        oat_table_writer_set(table, columns[f], span->payload[f]);
    oat_table_writer_set(table, OAT_COL_SPAN_ATTRIBUTE_FLAGS,
                         span->attributes ? span->attribute_flags + 1u : 0);
    oat_make_row(table);
}

static void put_attribute_dictionary(struct maker *m)
{
    struct oat_text_codes *pairs = &m->attributes;
    oat_le32 *key_of = oat_make_array(pairs->count, sizeof *key_of);
    oat_le32 *ends = oat_make_array(pairs->count, sizeof *ends);
    uint8_t *bytes = oat_make_array(pairs->len, 1);
    uint32_t len = 0, begin = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        uint32_t end = oat_le32_get(pairs->ends[i]);
        memcpy(&key_of[i], pairs->bytes + begin, sizeof *key_of);
        begin += (uint32_t)sizeof *key_of;
        memcpy(bytes + len, pairs->bytes + begin, end - begin);
        len += end - begin;
        ends[i] = oat_le32_of(len);
        begin = end;
    }
    struct oat_texts keys = oat_text_codes_texts(&m->keys);
    struct oat_texts values = {bytes, ends, (uint32_t)pairs->count};
    size_t size = oat_attribute_dictionary_size(&keys, &values);
    uint8_t *section = oat_make_array(size, 1);
    oat_attribute_dictionary_encode(&keys, key_of, &values, section);
    oat_make_section(&m->file, OAT_SECTION_ATTRIBUTES, OAT_TABLE_SPAN_ATTRIBUTES, OAT_COL_ATTRIBUTE, section,
                     size);
    free(section);
    free(key_of);
    free(ends);
    free(bytes);
    oat_text_codes_clear(&m->keys);
    oat_text_codes_clear(pairs);
}

static void put_spans(struct maker *m)
{
    struct oat_table_writer spans, attributes, more;
    uint64_t *hashes = oat_make_array(m->made->span_count, sizeof *hashes);
    oat_make_table(&spans, &m->file, OAT_TABLE_SPANS, OAT_COL_SPAN_ID, OAT_COL_SPAN_COST_INPUT);
    oat_make_table(&attributes, &m->file, OAT_TABLE_SPAN_ATTRIBUTES, OAT_COL_ATTRIBUTE,
                   OAT_COL_ATTRIBUTE + OAT_ATTRIBUTE_COLUMNS - 1);
    oat_make_table(&more, &m->file, OAT_TABLE_MORE_ATTRIBUTES, OAT_COL_MORE_ROW, OAT_COL_MORE_CODE);
    for (size_t row = 0; row < m->made->span_count; row++) {
        put_attributes(m, &attributes, &more, &m->made->spans[row]);
        oat_make_row(&attributes);
        put_span(m, &spans, row);
        hashes[row] = oat_hash64(m->made->spans[row].span.span_id, 8, m->file.nonce);
    }
    oat_make_table_end(&spans);
    oat_make_table_end(&attributes);
    oat_make_table_end(&more);
    oat_make_index(&m->file, OAT_TABLE_SPANS, OAT_COL_SPAN_ID, hashes, m->made->span_count);
    oat_make_section(&m->file, OAT_SECTION_NUMBERS, OAT_TABLE_SPANS, OAT_COL_SPAN_FLAGS, m->flags,
                     m->flag_count * sizeof *m->flags);
    put_attribute_dictionary(m);
    free(hashes);
}

/* ---- Traces ---- */

/* Sums of a trace, as far as they are simple. */
struct sums {
    uint64_t start_ns, end_ns;
    uint64_t flags; /* enum oat_trace_flag */
    uint64_t errors, input_tokens, output_tokens, depth;
    uint64_t cost; /* wraps */
    uint64_t types[OAT_FILE_IO + 1];
    size_t root;
    const struct oat_made_span *model; /* the first llm span; NULL: none */
};

static uint64_t depth_of(const struct maker *m, size_t row)
{
    uint64_t depth = 1;
    for (int64_t at = m->parent[row]; at >= 0 && depth < m->made->span_count; at = m->parent[at])
        depth++;
    return depth;
}

static void add_usage(struct sums *sums, const struct oat_disk_span *span)
{
    uint32_t flags = oat_le32_get(span->flags);
    sums->input_tokens += oat_le32_get(span->count[OAT_COUNT_INPUT]);
    sums->output_tokens += oat_le32_get(span->count[OAT_COUNT_OUTPUT]);
    sums->cost += oat_le64_get(span->cost_total_nano);
    sums->flags |= (flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_INPUT) ? OAT_TRACE_HAS_INPUT_TOKENS : 0u) |
                   (flags & OAT_SPAN_HAS_COUNT(OAT_COUNT_OUTPUT) ? OAT_TRACE_HAS_OUTPUT_TOKENS : 0u) |
                   (flags & OAT_SPAN_HAS_COST ? OAT_TRACE_HAS_COST : 0u);
}

static struct sums sums_of(const struct maker *m, const struct trace *trace)
{
    struct sums sums = {.start_ns = UINT64_MAX, .root = trace->first};
    for (size_t row = trace->first; row < trace->first + trace->count; row++) {
        const struct oat_made_span *made = &m->made->spans[row];
        uint64_t start_ns = oat_le64_get(made->span.start_ns);
        uint64_t end_ns = start_ns + oat_le64_get(made->span.duration_ns);
        bool open = made->span.status == OAT_STATUS_OPEN;
        if (m->parent[row] < 0 && m->parent[sums.root] >= 0)
            sums.root = row;
        sums.start_ns = start_ns < sums.start_ns ? start_ns : sums.start_ns;
        sums.end_ns = end_ns > sums.end_ns ? end_ns : sums.end_ns;
        sums.flags |= open ? OAT_TRACE_OPEN : 0u;
        sums.errors += made->span.status == OAT_STATUS_ERROR;
        sums.types[made->span.type % (OAT_FILE_IO + 1)]++;
        sums.depth = depth_of(m, row) > sums.depth ? depth_of(m, row) : sums.depth;
        sums.model = !sums.model && made->span.type == OAT_LLM ? made : sums.model;
        if (made->counted)
            add_usage(&sums, &made->span);
    }
    if (m->made->spans[sums.root].span.status == OAT_STATUS_OPEN)
        sums.flags |= OAT_TRACE_ROOT_OPEN;
    return sums;
}

static void put_sums(struct maker *m, struct oat_table_writer *table, const struct trace *trace)
{
    struct sums sums = sums_of(m, trace);
    const struct oat_made_span *root = &m->made->spans[sums.root];
    oat_table_writer_set(table, OAT_COL_TRACE_START, sums.start_ns);
    oat_table_writer_set(table, OAT_COL_TRACE_DURATION, sums.end_ns - sums.start_ns);
    oat_table_writer_set(table, OAT_COL_TRACE_STATUS, root->span.status);
    oat_table_writer_set(table, OAT_COL_TRACE_FLAGS, sums.flags);
    oat_table_writer_set(table, OAT_COL_TRACE_ROOT, sums.root - trace->first);
    oat_table_writer_set(table, OAT_COL_TRACE_DEPTH, sums.depth);
    oat_table_writer_set(table, OAT_COL_TRACE_ERROR_COUNT, sums.errors);
    oat_table_writer_set(table, OAT_COL_TRACE_INPUT_TOKENS, sums.input_tokens);
    oat_table_writer_set(table, OAT_COL_TRACE_OUTPUT_TOKENS, sums.output_tokens);
    oat_table_writer_set(table, OAT_COL_TRACE_COST, oat_zigzag((int64_t)sums.cost));
    for (unsigned type = OAT_AGENT; type <= OAT_FILE_IO; type++)
        oat_table_writer_set(table, OAT_COL_TRACE_TYPE_COUNT + type, sums.types[type]);
    for (unsigned f = 0; f < OAT_TEXT_FIELDS; f++) {
        oat_text text = f != OAT_TEXT_MODEL ? root->text[f]
                        : sums.model        ? sums.model->text[f]
                                            : (oat_text){0};
        oat_table_writer_set(table, OAT_COL_TRACE_TEXT + f, oat_make_code(&m->texts[f], text));
    }
}

static void put_traces(struct maker *m)
{
    struct oat_table_writer table;
    uint64_t *hashes = oat_make_array(m->trace_count, sizeof *hashes);
    oat_make_table(&table, &m->file, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST,
                   OAT_COL_TRACE_TEXT + OAT_TEXT_FIELDS - 1);
    for (uint32_t t = 0; t < m->trace_count; t++) {
        const struct trace *trace = &m->traces[t];
        hashes[t] = oat_hash64(trace->id, 16, m->file.nonce);
        oat_table_writer_set(&table, OAT_COL_TRACE_ID_FIRST, oat_make_id_number(trace->id));
        oat_table_writer_set(&table, OAT_COL_TRACE_ID_SECOND, oat_make_id_number(trace->id + 8));
        oat_table_writer_set(&table, OAT_COL_TRACE_FIRST_ROW, trace->first);
        oat_table_writer_set(&table, OAT_COL_TRACE_SPAN_COUNT, trace->count);
        if (trace->count > 0)
            put_sums(m, &table, trace);
        oat_make_row(&table);
    }
    oat_make_table_end(&table);
    oat_make_index(&m->file, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST, hashes, m->trace_count);
    free(hashes);
}

/* ---- Marks ---- */

static void put_mark(struct maker *m, struct oat_table_writer *table, const struct oat_made_mark *mark)
{
    const struct trace *trace = find_trace(m, mark->trace_id);
    uint32_t row = 0; /* + 1 */
    for (uint32_t k = trace->first; k < trace->first + trace->count; k++)
        if (memcmp(m->made->spans[k].span.span_id, mark->span_id, 8) == 0)
            row = k + 1;
    oat_table_writer_set(table, OAT_COL_MARK_TRACE, (uint64_t)(trace - m->traces));
    oat_table_writer_set(table, OAT_COL_MARK_ROW, row);
    oat_table_writer_set(table, OAT_COL_MARK_SPAN_ID, row > 0 ? 0 : oat_make_id_number(mark->span_id));
    if (row == 0 || mark->kind == OAT_SLOT_SCORE)
        oat_table_writer_set(table, OAT_COL_MARK_SPAN_START, mark->record.span_start_ns);
    oat_table_writer_set(table, OAT_COL_MARK_ID, mark->record.id);
    oat_table_writer_set(table, OAT_COL_MARK_TIME, mark->record.time_ns);
    oat_table_writer_set(table, OAT_COL_MARK_ATTRIBUTES, mark->attributes);
}

static void put_kind(struct maker *m, uint16_t kind, enum oat_table_id id, const uint8_t text_columns[],
                     unsigned text_count, unsigned last_column)
{
    struct oat_text_codes texts[OAT_MARK_TEXTS_MAX];
    struct oat_table_writer table;
    oat_make_table(&table, &m->file, id, OAT_COL_MARK_TRACE, last_column);
    for (unsigned n = 0; n < text_count; n++)
        oat_text_codes_init(&texts[n]);
    for (size_t i = 0; i < m->made->mark_count; i++) {
        const struct oat_made_mark *mark = &m->made->marks[i];
        if (mark->kind != kind)
            continue;
        put_mark(m, &table, mark);
        for (unsigned n = 0; n < text_count; n++)
            oat_table_writer_set(&table, text_columns[n], oat_make_code(&texts[n], mark->record.text[n]));
        if (kind == OAT_SLOT_LINK) {
            const uint8_t *target = mark->record.target_trace_id;
            oat_table_writer_set(&table, OAT_COL_LINK_TARGET_TRACE_FIRST, oat_make_id_number(target));
            oat_table_writer_set(&table, OAT_COL_LINK_TARGET_TRACE_SECOND, oat_make_id_number(target + 8));
            oat_table_writer_set(&table, OAT_COL_LINK_TARGET_SPAN,
                                 oat_make_id_number(mark->record.target_span_id));
            oat_table_writer_set(&table, OAT_COL_LINK_TRACE_FLAGS, mark->record.trace_flags);
            oat_table_writer_set(&table, OAT_COL_LINK_REMOTE, mark->record.remote);
        } else if (kind == OAT_SLOT_SCORE) {
            oat_table_writer_set(&table, OAT_COL_SCORE_HAS_VALUE, mark->record.has_value);
            oat_table_writer_set(&table, OAT_COL_SCORE_VALUE, mark->record.value);
        }
        oat_make_row(&table);
    }
    oat_make_table_end(&table);
    for (unsigned n = 0; n < text_count; n++)
        oat_make_texts(&m->file, &texts[n], id, text_columns[n]);
}

static void put_marks(struct maker *m)
{
    static const uint8_t event[] = {OAT_COL_EVENT_NAME};
    static const uint8_t link[] = {OAT_COL_LINK_TRACE_STATE};
    static const uint8_t score[] = {OAT_COL_SCORE_NAME, OAT_COL_SCORE_LABEL, OAT_COL_SCORE_COMMENT,
                                    OAT_COL_SCORE_SOURCE};
    put_kind(m, OAT_SLOT_EVENT, OAT_TABLE_EVENTS, event, 1, OAT_COL_EVENT_NAME);
    put_kind(m, OAT_SLOT_LINK, OAT_TABLE_LINKS, link, 1, OAT_COL_LINK_REMOTE);
    put_kind(m, OAT_SLOT_SCORE, OAT_TABLE_SCORES, score, 4, OAT_COL_SCORE_SOURCE);
}

/* ---- Summaries ---- */

static void put_summaries(struct maker *m, enum oat_summary_kind kind)
{
    struct oat_table_writer table;
    oat_make_table(&table, &m->file, oat_summary_shapes[kind].table, OAT_COL_SUMMARY_GROUP,
                   OAT_COL_SUMMARY_COUNT + OAT_COUNT_FIELDS - 1);
    for (size_t i = 0; i < m->made->summary_count; i++) {
        const struct oat_summary_row *row = &m->made->summaries[i].row;
        if (m->made->summaries[i].kind != kind)
            continue;
        oat_table_writer_set(&table, OAT_COL_SUMMARY_GROUP, m->made->summaries[i].group);
        for (unsigned n = 0; n < OAT_ALIKE_FIELDS; n++)
            oat_table_writer_set(&table, oat_summary_columns_of[n], row->key.of[n]);
        oat_table_writer_set(&table, OAT_COL_SUMMARY_SPANS, row->spans);
        oat_table_writer_set(&table, OAT_COL_SUMMARY_COUNTED, row->counted);
        oat_table_writer_set(&table, OAT_COL_SUMMARY_DURATION, (uint64_t)row->duration_ns);
        oat_table_writer_set(&table, OAT_COL_SUMMARY_COST, oat_zigzag(row->cost_nano));
        for (unsigned n = 0; n < OAT_COUNT_FIELDS; n++)
            oat_table_writer_set(&table, OAT_COL_SUMMARY_COUNT + n, row->count[n]);
        oat_make_row(&table);
    }
    oat_make_table_end(&table);
}

/* ---- Files ---- */

static int open_day(int store_fd, const struct oat_manifest_part *entry)
{
    char path[64];
    oat_part_file_name(entry, "part", path);
    mkdirat(store_fd, OAT_DAYS_DIR, 0700);
    *strrchr(path, '/') = '\0';
    mkdirat(store_fd, path, 0700);
    int fd = openat(store_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oat_make_require(fd >= 0, path);
    return fd;
}

static void write_part(struct maker *m)
{
    for (unsigned f = 0; f < OAT_TEXT_FIELDS; f++)
        oat_text_codes_init(&m->texts[f]);
    oat_text_codes_init(&m->keys);
    oat_text_codes_init(&m->attributes);
    find_shape(m);
    put_spans(m);
    put_traces(m);
    put_marks(m);
    put_summaries(m, OAT_SUMMARY_BY_MODEL);
    put_summaries(m, OAT_SUMMARY_BY_AGENT);
    for (unsigned f = 0; f < OAT_TEXT_FIELDS; f++)
        oat_make_texts(&m->file, &m->texts[f], OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT + f);
    free(m->traces);
    free(m->trace_of);
    free(m->parent);
}

void oat_part_make(int store_fd, const struct oat_made_part *made, struct oat_manifest_part *ret)
{
    struct oat_disk_store store = {.hash_seed = oat_le64_of(7)};
    struct oat_section_file file = {
        .magic = OAT_MAGIC_PART, .day = made->day, .generation = made->generation, .store = &store};
    struct maker *m = oat_make_array(1, sizeof *m);
    char name[OAT_GENERATION_NAME_SIZE];
    *ret = (struct oat_manifest_part){
        .day = made->day, .generation = made->generation, .spans = made->span_count};
    int fd = open_day(store_fd, ret);
    m->made = made;
    oat_generation_name(made->generation, "part", name);
    oat_make_require(oat_section_writer_open(&m->file, fd, name, &file) == OAT_OK, name);
    write_part(m);
    ret->nonce = m->file.nonce;
    oat_make_require(oat_section_writer_finish(&m->file, &ret->part_bytes) == OAT_OK, name);
    oat_section_writer_close(&m->file);
    oat_generation_name(made->generation, "pack", name);
    if (made->payload_count > 0)
        ret->pack_bytes =
            oat_pack_make(fd, name, &file, made->payloads, made->payload_count, &ret->pack_nonce);
    close(fd);
    free(m);
}
