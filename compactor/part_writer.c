#include "compactor/part_writer.h"

#include "compactor/fs.h"
#include "format/varint.h"
#include "indexer/id_filter.h"
#include "indexer/id_index.h"
#include "reader/array.h"
#include "reader/part_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LATER_BATCH 512u
#define INDEX_BYTES 8u /* of an index for each of its rows, at most about */

static struct oat_section_file file_of(const struct oat_part_options *options, const char *magic)
{
    return (struct oat_section_file){
        .magic = magic,
        .day = options->day,
        .generation = options->generation,
        .created_ns = options->now_ns,
        .store = options->store,
    };
}

static int open_pack(struct oat_part_writer *writer)
{
    oat_generation_name(writer->options.generation, "pack", writer->pack_name);
    struct oat_pack_options options = {
        .dir_fd = writer->options.dir_fd,
        .name = writer->pack_name,
        .file = file_of(&writer->options, OAT_MAGIC_PACK),
        .threads = writer->options.threads,
        .memory_bytes = writer->options.pack_memory_bytes,
    };
    return oat_pack_writer_new(&options, &writer->pack);
}

int oat_part_writer_open(struct oat_part_writer *writer, const struct oat_part_options *options)
{
    char name[OAT_GENERATION_NAME_SIZE];
    struct oat_section_file file = file_of(options, OAT_MAGIC_PART);
    *writer = (struct oat_part_writer){.options = *options};
    writer->entry = (struct oat_manifest_part){
        .day = options->day, .generation = options->generation, .min_start_ns = UINT64_MAX};
    oat_generation_name(options->generation, "part", name);
    int result = oat_section_writer_open(&writer->file, options->dir_fd, name, &file);
    if (result != OAT_OK)
        return result;
    writer->file.threaded = options->threads > 1;
    result = open_pack(writer);
    if (result == OAT_OK)
        result = oat_span_columns_open(&writer->spans, &writer->file, options->sources, writer->pack);
    if (result == OAT_OK)
        result = oat_trace_columns_open(&writer->traces, &writer->file);
    if (result == OAT_OK)
        result = oat_mark_columns_open(&writer->marks, &writer->file, options->sources, writer->pack);
    if (result != OAT_OK)
        oat_part_writer_close(writer);
    return result;
}

void oat_part_writer_close(struct oat_part_writer *writer)
{
    if (!writer->options.sources)
        return;
    oat_span_columns_close(&writer->spans);
    oat_trace_columns_close(&writer->traces);
    oat_mark_columns_close(&writer->marks);
    free(writer->span_ids.hashes);
    free(writer->trace_ids.hashes);
    free(writer->later.ids);
    oat_pack_writer_free(writer->pack);
    oat_section_writer_close(&writer->file);
    *writer = (struct oat_part_writer){.file = {.fd = -1}};
}

/* ---- Traces ---- */

static int add_hash(struct oat_part_writer *writer, struct oat_id_hashes *ids, const uint8_t *id, size_t len)
{
    if (!oat_array_reserve(&ids->hashes, ids->count, &ids->capacity, sizeof *ids->hashes))
        return OAT_E_NOMEM;
    ids->hashes[ids->count++] = oat_hash64(id, len, writer->file.nonce);
    return OAT_OK;
}

static int note_continued(struct oat_part_writer *writer, struct oat_part *part, uint32_t trace)
{
    struct oat_manifest_part *entry = &writer->entry;
    uint32_t day = oat_part_entry(part)->day + 1;
    if (entry->continued_from == 0 || day < entry->continued_from)
        entry->continued_from = day;
    if (day > entry->continued_to)
        entry->continued_to = day;
    return oat_trace_columns_continue(&writer->traces, oat_part_entry(part), trace);
}

/* A trace of which an older part was retained away stays partial when it is merged. */
static void note_partial(struct oat_part_writer *writer, const struct oat_day_trace *trace, uint32_t source)
{
    struct oat_part *part = oat_sources_part(writer->options.sources, source);
    uint32_t row = oat_part_find_trace(part, trace->trace_id);
    uint64_t flags;
    if (row != OAT_NO_TRACE &&
        oat_image_number(oat_part_table(part, OAT_TABLE_TRACES), OAT_COL_TRACE_FLAGS, row, &flags) == OAT_OK)
        writer->trace_flags |= flags & OAT_TRACE_PARTIAL;
}

/* Parts that stay were asked before; those that were made just now, of whose traces this is a later day, may
 * not be finished yet. */
static int note_links(struct oat_part_writer *writer, const struct oat_day_trace *trace)
{
    struct oat_part *const *live = writer->options.live->parts;
    struct oat_later_traces *later = &writer->later;
    int result = OAT_OK;
    if (trace->link_count > 0 || trace->is_later)
        writer->trace_flags |= OAT_TRACE_CONTINUES;
    for (size_t i = 0; i < trace->link_count && result == OAT_OK; i++)
        result = note_continued(writer, live[trace->links[i].part], trace->links[i].trace);
    if (result != OAT_OK || !trace->is_later)
        return result;
    if (!oat_array_reserve(&later->ids, later->count, &later->capacity, sizeof *later->ids))
        return OAT_E_NOMEM;
    memcpy(later->ids[later->count++], trace->trace_id, sizeof *later->ids);
    return OAT_OK;
}

/* Finds the later traces in a part that was made before. */
static int note_later(struct oat_part_writer *writer, struct oat_part *made)
{
    const struct oat_later_traces *later = &writer->later;
    uint32_t rows[LATER_BATCH];
    int result = OAT_OK;
    for (size_t first = 0; first < later->count; first += LATER_BATCH) {
        size_t left = later->count - first, count = left < LATER_BATCH ? left : LATER_BATCH;
        oat_part_find_traces(made, later->ids[first], count, rows);
        for (size_t i = 0; i < count && result == OAT_OK; i++)
            if (rows[i] != OAT_NO_TRACE)
                result = note_continued(writer, made, rows[i]);
    }
    return result;
}

static void find_partial(struct oat_part_writer *writer, const struct oat_day_trace *trace)
{
    uint32_t last = UINT32_MAX;
    for (size_t i = 0; i < trace->span_count + trace->mark_count; i++) {
        uint32_t source = oat_day_trace_source(trace, i);
        if ((source & OAT_SOURCE_PART) && source != last)
            note_partial(writer, trace, source);
        last = source;
    }
}

/* What the column has of the parent of a span. */
static uint64_t parent_of(const struct oat_day_trace *trace, uint32_t span)
{
    static const uint8_t zero[8];
    uint32_t parent = oat_day_trace_parent(trace, span);
    if (parent != OAT_NO_ROW)
        return oat_zigzag((int64_t)span - (int64_t)parent) + OAT_PARENT_NEAR;
    return memcmp(trace->spans[span].span.parent_id, zero, sizeof zero) == 0 ? OAT_PARENT_NONE
                                                                             : OAT_PARENT_FAR;
}

static void cover(struct oat_manifest_part *entry, uint64_t start_ns, uint64_t end_ns)
{
    entry->min_start_ns = start_ns < entry->min_start_ns ? start_ns : entry->min_start_ns;
    entry->max_start_ns = start_ns > entry->max_start_ns ? start_ns : entry->max_start_ns;
    entry->max_end_ns = end_ns > entry->max_end_ns ? end_ns : entry->max_end_ns;
}

static void sum_up(struct oat_manifest_part *entry, const struct oat_row *row)
{
    cover(entry, row->start_ns, row->open ? row->start_ns : row->end_ns);
    entry->open_spans += row->open;
    entry->raw_bytes += row->raw_payload_bytes;
}

/* Codes of texts that the row of TRACES shows. */
struct shown_codes {
    uint32_t root[OAT_TEXT_FIELDS];
    uint32_t model[OAT_TEXT_FIELDS];
};

static int add_spans(struct oat_part_writer *writer, const struct oat_day_trace *trace,
                     struct shown_codes *shown)
{
    for (uint32_t i = 0; i < trace->span_count; i++) {
        const struct oat_day_span *span = &trace->spans[i];
        const struct oat_record *record = span->record == OAT_NO_ROW ? NULL : &trace->records[span->record];
        uint32_t row_no = trace->row_of[i], codes[OAT_TEXT_FIELDS];
        const struct oat_row *row = &trace->rows[row_no];
        struct oat_span_place place = {parent_of(trace, i), row->counted};
        int result = oat_span_columns_add(&writer->spans, span, record, &place, codes);
        if (result == OAT_OK)
            result = add_hash(writer, &writer->span_ids, span->span.span_id, sizeof span->span.span_id);
        if (result != OAT_OK)
            return result;
        if (row_no == trace->summary.root)
            memcpy(shown->root, codes, sizeof codes);
        if (row_no == trace->summary.model_row)
            memcpy(shown->model, codes, sizeof codes);
        sum_up(&writer->entry, row);
    }
    return OAT_OK;
}

/* ---- Marks ---- */

static int add_marks(struct oat_part_writer *writer, const struct oat_day_trace *trace, uint64_t trace_row,
                     uint64_t first_row)
{
    for (size_t i = 0; i < trace->mark_count; i++) {
        const struct oat_mark *mark = &trace->marks[i];
        uint64_t row = mark->trace == 0 ? 0 : first_row + mark->trace;
        int result =
            oat_mark_columns_add(&writer->marks, mark, &trace->contents[mark->place], trace_row, row);
        if (result != OAT_OK)
            return result;
    }
    return OAT_OK;
}

int oat_part_writer_add(struct oat_part_writer *writer, const struct oat_day_trace *trace,
                        uint64_t arrived_ns)
{
    struct shown_codes shown = {0};
    uint64_t first_row = writer->span_ids.count;
    writer->trace_flags = 0;
    find_partial(writer, trace);
    int result = note_links(writer, trace);
    if (result == OAT_OK)
        result = add_spans(writer, trace, &shown);
    if (result == OAT_OK)
        result = add_marks(writer, trace, writer->trace_ids.count, first_row);
    struct oat_trace_place place = {
        .first_row = first_row,
        .flags = writer->trace_flags,
        .root_codes = trace->span_count > 0 ? shown.root : NULL,
        .model_codes = trace->span_count > 0 ? shown.model : NULL,
    };
    if (result == OAT_OK)
        result = oat_trace_columns_add(&writer->traces, trace, &place);
    if (result == OAT_OK)
        result = add_hash(writer, &writer->trace_ids, trace->trace_id, sizeof trace->trace_id);
    cover(&writer->entry, trace->start_ns, trace->start_ns);
    writer->entry.traces += trace->span_count > 0;
    writer->entry.replacements += trace->replacements;
    if (arrived_ns > writer->entry.arrived_ns)
        writer->entry.arrived_ns = arrived_ns;
    return result;
}

/* ---- The end ---- */

size_t oat_part_writer_memory(const struct oat_part_writer *writer)
{
    return oat_span_columns_memory(&writer->spans) + oat_mark_columns_memory(&writer->marks) +
           writer->later.capacity * sizeof *writer->later.ids +
           (writer->span_ids.capacity + writer->trace_ids.capacity) *
               (sizeof *writer->span_ids.hashes + INDEX_BYTES);
}

static int write_index(struct oat_part_writer *writer, const struct oat_id_hashes *ids,
                       enum oat_table_id table, unsigned column, struct oat_id_index_shape shape)
{
    size_t len = oat_id_index_size((uint32_t)ids->count, shape);
    uint8_t *index = malloc(len);
    if (!index)
        return OAT_E_NOMEM;
    oat_id_index_build(ids->hashes, (uint32_t)ids->count, shape, index);
    int result = oat_section_writer_put(&writer->file, OAT_SECTION_INDEX, table, column, index, len);
    free(index);
    return result;
}

static int write_filter(struct oat_part_writer *writer, const struct oat_id_hashes *ids)
{
    size_t len = oat_id_filter_size((uint32_t)ids->count);
    uint8_t *filter = malloc(len);
    if (!filter)
        return OAT_E_NOMEM;
    oat_id_filter_build(ids->hashes, (uint32_t)ids->count, filter);
    int result = oat_section_writer_put(&writer->file, OAT_SECTION_FILTER, OAT_TABLE_TRACES,
                                        OAT_COL_TRACE_ID_FIRST, filter, len);
    free(filter);
    return result;
}

static int finish_pack(struct oat_part_writer *writer)
{
    struct oat_pack_figures figures;
    int result = oat_pack_writer_finish(writer->pack, &figures);
    if (result != OAT_OK)
        return result;
    writer->entry.pack_bytes = figures.file_bytes;
    writer->entry.pack_nonce = figures.file_bytes > 0 ? figures.nonce : 0;
    writer->entry.unique_bytes = figures.unique_bytes;
    writer->entry.text_index_bytes = figures.text_index_bytes;
    return OAT_OK;
}

/* A pack without its part is of no use. */
static void remove_pack(const struct oat_part_writer *writer)
{
    int error = errno;
    if (writer->entry.pack_bytes > 0)
        oat_fs_unlink(writer->options.dir_fd, writer->pack_name);
    errno = error;
}

int oat_part_writer_finish(struct oat_part_writer *writer, struct oat_manifest_part *ret)
{
    struct oat_manifest_part *entry = &writer->entry;
    const struct oat_live_parts *made = writer->options.made;
    int result = oat_span_columns_finish(&writer->spans);
    for (size_t i = 0; i < made->count && result == OAT_OK; i++)
        result = note_later(writer, made->parts[i]);
    if (result == OAT_OK)
        result = oat_trace_columns_finish(&writer->traces);
    if (result == OAT_OK)
        result = oat_mark_columns_finish(&writer->marks);
    if (result == OAT_OK)
        result = write_index(writer, &writer->span_ids, OAT_TABLE_SPANS, OAT_COL_SPAN_ID, OAT_INDEX_OF_SPANS);
    if (result == OAT_OK)
        result = write_index(writer, &writer->trace_ids, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST,
                             OAT_INDEX_OF_TRACES);
    if (result == OAT_OK)
        result = write_filter(writer, &writer->trace_ids);
    if (result == OAT_OK)
        result = finish_pack(writer);
    if (result != OAT_OK)
        return result;
    result = oat_section_writer_finish(&writer->file, &entry->part_bytes);
    if (result != OAT_OK) {
        remove_pack(writer);
        return result;
    }
    entry->nonce = writer->file.nonce;
    entry->spans = writer->span_ids.count;
    entry->events = oat_mark_columns_count(&writer->marks, OAT_MARK_EVENTS);
    entry->links = oat_mark_columns_count(&writer->marks, OAT_MARK_LINKS);
    entry->scores = oat_mark_columns_count(&writer->marks, OAT_MARK_SCORES);
    *ret = *entry;
    return OAT_OK;
}
