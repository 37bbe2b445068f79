#include "reader/part_collect.h"

#include "reader/part_attributes.h"
#include "reader/part_find.h"
#include "reader/part_marks.h"
#include "reader/part_record.h"
#include "reader/prefetch.h"

static int add_row(struct oat_rows *rows, const struct oat_record *record, uint32_t place,
                   uint32_t trace_number)
{
    struct oat_row *row = oat_rows_new(rows, trace_number);
    if (!row)
        return OAT_E_NOMEM;
    oat_row_of_span(&record->span, record->open, row);
    row->source = record->source;
    row->place = place;
    row->trace = trace_number;
    row->status = (uint8_t)oat_part_shown_status(record->span.status);
    return OAT_OK;
}

#define TEXTS_AHEAD (128u << 10) /* of greater dictionaries, few blocks are read */

/* Asks for what the codes of spans stand for. */
static void texts_ahead(struct oat_image *image)
{
    for (uint32_t i = 0; i < image->sections.count; i++) {
        const struct oat_disk_section *section = &image->sections.directory[i];
        unsigned kind = oat_le16_get(section->kind), table = oat_le16_get(section->table);
        if (((kind == OAT_SECTION_TEXTS && table == OAT_TABLE_SPANS) || kind == OAT_SECTION_ATTRIBUTES) &&
            oat_le64_get(section->stored_len) <= TEXTS_AHEAD)
            oat_image_section_ahead(image, section);
    }
}

/* True when attributes of the row's block were read before: not of all columns, most of which have none. */
static bool is_known(const struct oat_image_table *attributes, uint32_t row)
{
    return oat_image_checked(attributes, row / OAT_GROUP_ROWS, OAT_COL_ATTRIBUTE,
                             row % OAT_GROUP_ROWS / OAT_BLOCK_ROWS);
}

#define BIT(column) (UINT64_C(1) << (column))
#define COUNTED     BIT(OAT_COL_SPAN_COUNTED)
/* Columns of texts and of payloads. */
#define CONTENT                                                                                              \
    (((BIT(OAT_TEXT_FIELDS) - 1) << OAT_COL_SPAN_TEXT) | BIT(OAT_COL_SPAN_INPUT) |                           \
     BIT(OAT_COL_SPAN_OUTPUT) | BIT(OAT_COL_SPAN_ERROR) | BIT(OAT_COL_SPAN_ATTRIBUTES) |                     \
     BIT(OAT_COL_SPAN_ATTRIBUTE_FLAGS))

/* Has the columns of some rows of SPANS read; whole: their attributes, and what their codes stand for, too.
 */
static void prefetch(struct oat_part *part, uint32_t first, uint32_t count, bool whole)
{
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    struct oat_image_table *attributes = oat_part_table(part, OAT_TABLE_SPAN_ATTRIBUTES);
    uint32_t group = first / OAT_GROUP_ROWS;
    bool has_attributes = whole && attributes->table.rows >= first + count;
    bool texts = whole && !oat_image_group_used(spans, group);
    oat_prefetch_head(spans, group);
    if (has_attributes)
        oat_prefetch_head(attributes, group);
    if (texts)
        texts_ahead(oat_part_image(part));
    /* What counts is found out anew. */
    oat_prefetch_rows(spans, whole ? ~COUNTED : ~(COUNTED | CONTENT), first, count);
    if (has_attributes && !(is_known(attributes, first) && is_known(attributes, first + count - 1)))
        oat_prefetch_rows(attributes, OAT_PREFETCH_ALL, first, count);
}

static int collect_run(struct oat_part *part, uint32_t first, uint32_t count, uint32_t source,
                       uint32_t trace_number, struct oat_rows *rows)
{
    struct oat_record unkept[OAT_PART_RECORDS];
    struct oat_record *kept = rows->kept ? oat_kept_records_add(rows->kept, source, first, count) : NULL;
    struct oat_record *records = kept ? kept : unkept;
    int result = kept ? oat_part_records(part, first, count, source, OAT_RECORD_TEXTS_ALL, records)
                      : oat_part_record_numbers(part, first, count, source, records);
    for (uint32_t i = 0; i < count && result == OAT_OK; i++)
        if (records[i].span.type != 0)
            result = add_row(rows, &records[i], first + i, trace_number);
    return result;
}

int oat_part_collect(struct oat_part *part, uint32_t trace, uint32_t source, uint32_t trace_number,
                     struct oat_rows *ret)
{
    uint32_t first, count;
    int result = oat_part_trace_rows(part, trace, &first, &count);
    if (result == OAT_E_CORRUPT)
        count = 0; /* its events, links and scores may be found */
    else if (result != OAT_OK)
        return result;
    for (uint32_t done = 0; done < count;) {
        uint32_t left = count - done;
        uint32_t n = left < OAT_PART_RECORDS ? left : OAT_PART_RECORDS;
        if (done % OAT_GROUP_ROWS == 0)
            prefetch(part, first + done, left < OAT_GROUP_ROWS ? left : OAT_GROUP_ROWS, ret->kept != NULL);
        result = collect_run(part, first + done, n, source, trace_number, ret);
        if (result != OAT_OK)
            return result;
        done += n;
    }
    return ret->spans_alone ? OAT_OK : oat_part_collect_marks(part, trace, source, trace_number, ret);
}
