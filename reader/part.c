#include "reader/part.h"

#include "format/dictionary.h"
#include "format/hash.h"
#include "indexer/id_filter.h"
#include "indexer/id_index.h"
#include "reader/prefetch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sections that are read when they are needed first ---- */

struct section_key {
    uint8_t kind; /* enum oat_section_kind */
    uint8_t table;
    uint8_t column;
};

enum content_name {
    SPAN_TEXTS,
    EVENT_NAMES = SPAN_TEXTS + OAT_TEXT_FIELDS,
    LINK_TRACE_STATES,
    SCORE_NAMES,
    SCORE_LABELS,
    SCORE_COMMENTS,
    SCORE_SOURCES,
    FLAGS,
    ATTRIBUTES,
    TRACE_INDEX,
    SPAN_INDEX,
    TRACE_FILTER,
    CONTENTS,
};

/* Those of SPAN_TEXTS follow each other like the columns. */
static const struct section_key section_keys[CONTENTS] = {
    [SPAN_TEXTS] = {OAT_SECTION_TEXTS, OAT_TABLE_SPANS, OAT_COL_SPAN_TEXT},
    [EVENT_NAMES] = {OAT_SECTION_TEXTS, OAT_TABLE_EVENTS, OAT_COL_EVENT_NAME},
    [LINK_TRACE_STATES] = {OAT_SECTION_TEXTS, OAT_TABLE_LINKS, OAT_COL_LINK_TRACE_STATE},
    [SCORE_NAMES] = {OAT_SECTION_TEXTS, OAT_TABLE_SCORES, OAT_COL_SCORE_NAME},
    [SCORE_LABELS] = {OAT_SECTION_TEXTS, OAT_TABLE_SCORES, OAT_COL_SCORE_LABEL},
    [SCORE_COMMENTS] = {OAT_SECTION_TEXTS, OAT_TABLE_SCORES, OAT_COL_SCORE_COMMENT},
    [SCORE_SOURCES] = {OAT_SECTION_TEXTS, OAT_TABLE_SCORES, OAT_COL_SCORE_SOURCE},
    [FLAGS] = {OAT_SECTION_NUMBERS, OAT_TABLE_SPANS, OAT_COL_SPAN_FLAGS},
    [ATTRIBUTES] = {OAT_SECTION_ATTRIBUTES, OAT_TABLE_SPAN_ATTRIBUTES, OAT_COL_ATTRIBUTE},
    [TRACE_INDEX] = {OAT_SECTION_INDEX, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST},
    [TRACE_FILTER] = {OAT_SECTION_FILTER, OAT_TABLE_TRACES, OAT_COL_TRACE_ID_FIRST},
    [SPAN_INDEX] = {OAT_SECTION_INDEX, OAT_TABLE_SPANS, OAT_COL_SPAN_ID},
};

enum content_state { UNREAD = 0, READ, DAMAGED };

struct content {
    _Atomic int state; /* enum content_state */
    struct oat_section_view view;
    union {
        struct oat_text_dictionary texts;
        struct oat_attribute_dictionary attributes;
        struct oat_id_index index;
    } u; /* numbers need no more than the view */
};

struct oat_part {
    struct oat_image image;
    struct oat_manifest_part entry;
    struct oat_pack *pack;
    const struct oat_forgotten *forgotten; /* borrowed; NULL: nothing */
    _Atomic int pack_state;                /* enum content_state */
    pthread_mutex_t lock;                  /* held while a content, or the pack, is read */
    struct content contents[CONTENTS];
};

static struct section_key key_of(enum content_name name)
{
    if (name >= EVENT_NAMES)
        return section_keys[name];
    struct section_key key = section_keys[SPAN_TEXTS];
    key.column = (uint8_t)(key.column + name);
    return key;
}

static uint32_t rows_of(struct oat_part *part, enum oat_table_id id)
{
    return oat_image_table(&part->image, id)->table.rows;
}

/* Numbers of a dictionary. */
static int open_numbers(const struct oat_section_view *view, const char **ret_what)
{
    if (view->len % sizeof(oat_le64) == 0)
        return OAT_OK;
    *ret_what = "section length";
    return OAT_E_CORRUPT;
}

static int open_content(struct oat_part *part, struct section_key key, struct content *content,
                        const char **ret_what)
{
    int result;
    switch (key.kind) {
    case OAT_SECTION_TEXTS:
        result = oat_text_dictionary_open(&content->view, &content->u.texts, ret_what);
        if (result == OAT_OK && part->forgotten)
            oat_text_dictionary_mask(&content->u.texts, part->forgotten);
        return result;
    case OAT_SECTION_ATTRIBUTES:
        result = oat_attribute_dictionary_open(&content->view, &content->u.attributes, ret_what);
        if (result == OAT_OK && part->forgotten)
            oat_attribute_dictionary_mask(&content->u.attributes, part->forgotten);
        return result;
    case OAT_SECTION_INDEX:
        return oat_id_index_open(&content->view, rows_of(part, key.table), &content->u.index, ret_what);
    default:
        return open_numbers(&content->view, ret_what);
    }
}

/* A number of a content. False: it is damaged, or too great. */
static bool read_number(const struct content *content, uint64_t index, uint32_t *ret)
{
    oat_le64 number;
    if (!oat_section_need(&content->view, index * sizeof number, sizeof number))
        return false;
    memcpy(&number, content->view.bytes + index * sizeof number, sizeof number);
    *ret = (uint32_t)oat_le64_get(number);
    return oat_le64_get(number) <= UINT32_MAX;
}

/* A dictionary that is not there has no entries; an index has to be there. */
static bool may_be_missing(struct section_key key)
{
    return key.kind != OAT_SECTION_INDEX;
}

static enum content_state read_content(struct oat_part *part, enum content_name name)
{
    struct section_key key = key_of(name);
    struct content *content = &part->contents[name];
    const char *what;
    int result = oat_image_view(&part->image, key.kind, key.table, key.column, &content->view);
    if (result == OAT_NOTFOUND && may_be_missing(key))
        return READ;
    if (result == OAT_NOTFOUND)
        oat_image_report(&part->image, 0, "section of an index");
    bool dictionary = key.kind == OAT_SECTION_TEXTS || key.kind == OAT_SECTION_ATTRIBUTES;
    if (result == OAT_OK && dictionary && part->forgotten)
        result = oat_section_view_copy(&content->view); /* to write markers into */
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? UNREAD : DAMAGED;
    if (open_content(part, key, content, &what) == OAT_OK)
        return READ;
    const struct oat_disk_section *section =
        oat_sections_find(&part->image.sections, key.kind, key.table, key.column);
    if (what)
        oat_image_report(&part->image, oat_le64_get(section->offset), what);
    return DAMAGED;
}

/* NULL: damaged, or out of memory. */
static const struct content *content_of(struct oat_part *part, enum content_name name)
{
    struct content *content = &part->contents[name];
    int state = atomic_load_explicit(&content->state, memory_order_acquire);
    if (state == UNREAD) {
        pthread_mutex_lock(&part->lock);
        state = atomic_load_explicit(&content->state, memory_order_relaxed);
        if (state == UNREAD) {
            state = (int)read_content(part, name);
            atomic_store_explicit(&content->state, state, memory_order_release);
        }
        pthread_mutex_unlock(&part->lock);
    }
    return state == READ ? content : NULL;
}

/* ---- Opening ---- */

static int map_files(struct oat_part *part, int store_fd)
{
    char path[64];
    struct oat_problems *problems = part->image.problems;
    oat_part_file_name(&part->entry, "part", path);
    int result = oat_image_map(&part->image, store_fd, path, problems);
    if (result != OAT_OK || part->entry.pack_bytes == 0)
        return result;
    oat_part_file_name(&part->entry, "pack", path);
    result = oat_pack_map(store_fd, path, problems, &part->pack);
    return result == OAT_NOTFOUND || result == OAT_E_NOMEM ? result : OAT_OK;
}

int oat_part_map(int store_fd, const struct oat_manifest_part *entry, struct oat_problems *problems,
                 struct oat_part **ret)
{
    struct oat_part *part = calloc(1, sizeof *part);
    if (!part)
        return OAT_E_NOMEM;
    part->entry = *entry;
    part->image.problems = problems;
    pthread_mutex_init(&part->lock, NULL);
    int result = map_files(part, store_fd);
    if (result != OAT_OK) {
        oat_part_close(part);
        return result;
    }
    oat_image_ahead(&part->image);
    *ret = part;
    return OAT_OK;
}

int oat_part_check(struct oat_part *part)
{
    return oat_image_check(&part->image, OAT_MAGIC_PART, part->entry.nonce);
}

int oat_part_open(int store_fd, const struct oat_manifest_part *entry, struct oat_problems *problems,
                  struct oat_part **ret)
{
    struct oat_part *part;
    int result = oat_part_map(store_fd, entry, problems, &part);
    if (result != OAT_OK)
        return result;
    result = oat_part_check(part);
    if (result == OAT_OK)
        *ret = part;
    else
        oat_part_close(part);
    return result;
}

void oat_part_close(struct oat_part *part)
{
    if (!part)
        return;
    for (int i = 0; i < CONTENTS; i++)
        oat_section_view_close(&part->contents[i].view);
    oat_pack_close(part->pack);
    oat_image_close(&part->image);
    pthread_mutex_destroy(&part->lock);
    free(part);
}

void oat_part_set_forgotten(struct oat_part *part, const struct oat_forgotten *forgotten)
{
    part->forgotten = forgotten;
    if (part->pack)
        oat_pack_set_forgotten(part->pack, forgotten);
}

const char *oat_part_path(const struct oat_part *part)
{
    return part->image.path;
}

const struct oat_manifest_part *oat_part_entry(const struct oat_part *part)
{
    return &part->entry;
}

struct oat_image *oat_part_image(struct oat_part *part)
{
    return &part->image;
}

struct oat_image_table *oat_part_table(struct oat_part *part, enum oat_table_id id)
{
    return oat_image_table(&part->image, id);
}

/* It is read when it is asked for: most lookups need no payload of most parts. */
struct oat_pack *oat_part_pack(struct oat_part *part)
{
    int state = atomic_load_explicit(&part->pack_state, memory_order_acquire);
    if (state == UNREAD && part->pack) {
        pthread_mutex_lock(&part->lock);
        state = atomic_load_explicit(&part->pack_state, memory_order_relaxed);
        if (state == UNREAD) {
            state = oat_pack_check(part->pack, part->entry.pack_nonce) == OAT_OK ? READ : DAMAGED;
            atomic_store_explicit(&part->pack_state, state, memory_order_release);
        }
        pthread_mutex_unlock(&part->lock);
    }
    return state == READ ? part->pack : NULL;
}

void oat_part_report(struct oat_part *part, enum oat_table_id table, uint32_t row, const char *what)
{
    const struct oat_group *group;
    uint64_t offset = 0;
    if (oat_image_group(oat_part_table(part, table), row / OAT_GROUP_ROWS, &group) == OAT_OK)
        offset = group->offset;
    oat_image_report(&part->image, offset, what);
}

/* ---- Looking up ---- */

/* What has to be read of a trace to find its rows. */
#define TRACE_COLUMNS                                                                                        \
    (UINT64_C(1) << OAT_COL_TRACE_ID_FIRST | UINT64_C(1) << OAT_COL_TRACE_ID_SECOND |                        \
     UINT64_C(1) << OAT_COL_TRACE_FIRST_ROW | UINT64_C(1) << OAT_COL_TRACE_SPAN_COUNT)

#define LOOKUPS_AHEAD 32u /* that wait for memory at the same time */

/* The one of the rows of a lookup that has the id, or OAT_NO_TRACE. */
static uint32_t trace_of(struct oat_part *part, struct oat_id_lookup *lookup, const uint8_t trace_id[16])
{
    uint8_t found[16];
    uint32_t trace, count;
    while (oat_id_lookup_next(lookup, &trace, &count)) {
        oat_prefetch_rows(oat_part_table(part, OAT_TABLE_TRACES), TRACE_COLUMNS, trace, 1);
        if (oat_part_trace_id(part, trace, found) == OAT_OK && memcmp(found, trace_id, sizeof found) == 0)
            return trace;
    }
    return OAT_NO_TRACE;
}

/* The filter tells that it is not here: true of most parts that are asked. */
uint32_t oat_part_find_trace(struct oat_part *part, const uint8_t trace_id[16])
{
    uint64_t hash = oat_hash64(trace_id, 16, part->image.sections.nonce);
    const struct content *filter = content_of(part, TRACE_FILTER), *index;
    if ((filter && !oat_id_filter_may_have(&filter->view, hash)) || !(index = content_of(part, TRACE_INDEX)))
        return OAT_NO_TRACE;
    struct oat_id_lookup lookup = oat_id_index_find(&index->u.index, hash);
    return trace_of(part, &lookup, trace_id);
}

/* At most LOOKUPS_AHEAD ids. */
static void find_traces(struct oat_part *part, const struct oat_id_index *index, const uint8_t *ids,
                        size_t count, uint32_t *ret_rows)
{
    struct oat_id_lookup lookups[LOOKUPS_AHEAD];
    uint64_t hashes[LOOKUPS_AHEAD];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = oat_hash64(ids + 16 * i, 16, part->image.sections.nonce);
        oat_id_index_prefetch(index, hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        lookups[i] = oat_id_index_find(index, hashes[i]);
        oat_id_lookup_prefetch(&lookups[i]);
    }
    for (size_t i = 0; i < count; i++)
        ret_rows[i] = trace_of(part, &lookups[i], ids + 16 * i);
}

void oat_part_find_traces(struct oat_part *part, const uint8_t *ids, size_t count, uint32_t *ret_rows)
{
    const struct content *content = content_of(part, TRACE_INDEX);
    for (size_t i = 0; !content && i < count; i++)
        ret_rows[i] = OAT_NO_TRACE;
    for (size_t i = 0; content && i < count; i += LOOKUPS_AHEAD)
        find_traces(part, &content->u.index, ids + 16 * i,
                    count - i < LOOKUPS_AHEAD ? count - i : LOOKUPS_AHEAD, ret_rows + i);
}

size_t oat_part_find_spans(struct oat_part *part, const uint8_t span_id[8], uint32_t *ret_rows, size_t max)
{
    const struct content *content = content_of(part, SPAN_INDEX);
    struct oat_image_table *spans = oat_part_table(part, OAT_TABLE_SPANS);
    uint64_t id = oat_le64_load(span_id), ids[OAT_BLOCK_ROWS];
    uint32_t first, run;
    size_t count = 0;
    if (!content)
        return 0;
    struct oat_id_lookup lookup =
        oat_id_index_find(&content->u.index, oat_hash64(span_id, 8, part->image.sections.nonce));
    while (oat_id_lookup_next(&lookup, &first, &run)) {
        if (oat_image_numbers(spans, OAT_COL_SPAN_ID, first, run, ids) != OAT_OK)
            continue;
        for (uint32_t i = 0; i < run && count < max; i++)
            if (ids[i] == id)
                ret_rows[count++] = first + i;
    }
    return count;
}

int oat_part_trace_rows(struct oat_part *part, uint32_t trace, uint32_t *ret_first, uint32_t *ret_count)
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint32_t rows = rows_of(part, OAT_TABLE_SPANS);
    uint64_t first, count;
    int result = oat_image_number(traces, OAT_COL_TRACE_FIRST_ROW, trace, &first);
    if (result == OAT_OK)
        result = oat_image_number(traces, OAT_COL_TRACE_SPAN_COUNT, trace, &count);
    if (result != OAT_OK)
        return result;
    if (first > rows || count > rows - first) {
        oat_part_report(part, OAT_TABLE_TRACES, trace, "rows of a trace");
        return OAT_E_CORRUPT;
    }
    *ret_first = (uint32_t)first;
    *ret_count = (uint32_t)count;
    return OAT_OK;
}

int oat_part_trace_of(struct oat_part *part, uint32_t row, uint32_t *ret_trace)
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint32_t behind, first, count;
    int result = oat_image_lower_bound(traces, OAT_COL_TRACE_FIRST_ROW, (uint64_t)row + 1,
                                       rows_of(part, OAT_TABLE_SPANS), &behind);
    if (result == OAT_OK && behind > 0)
        result = oat_part_trace_rows(part, behind - 1, &first, &count);
    if (result != OAT_OK)
        return result;
    if (behind == 0 || row < first || row - first >= count) {
        oat_part_report(part, OAT_TABLE_SPANS, row, "trace of a row");
        return OAT_E_CORRUPT;
    }
    *ret_trace = behind - 1;
    return OAT_OK;
}

int oat_part_trace_id(struct oat_part *part, uint32_t trace, uint8_t ret[16])
{
    struct oat_image_table *traces = oat_part_table(part, OAT_TABLE_TRACES);
    uint64_t first, second;
    int result = oat_image_number(traces, OAT_COL_TRACE_ID_FIRST, trace, &first);
    if (result == OAT_OK)
        result = oat_image_number(traces, OAT_COL_TRACE_ID_SECOND, trace, &second);
    if (result != OAT_OK)
        return result;
    oat_le64 halves[2] = {oat_le64_of(first), oat_le64_of(second)};
    memcpy(ret, halves, sizeof halves);
    return OAT_OK;
}

/* ---- What codes stand for ---- */

/* CONTENTS: the column has no texts. */
static enum content_name texts_name(enum oat_table_id table, unsigned column)
{
    if (table == OAT_TABLE_SPANS && column >= OAT_COL_SPAN_TEXT &&
        column < OAT_COL_SPAN_TEXT + OAT_TEXT_FIELDS)
        return (enum content_name)(SPAN_TEXTS + column - OAT_COL_SPAN_TEXT);
    for (int name = EVENT_NAMES; name <= SCORE_SOURCES; name++)
        if (section_keys[name].table == table && section_keys[name].column == column)
            return (enum content_name)name;
    return CONTENTS;
}

/* The texts of a column; NULL: none. */
static const struct oat_text_dictionary *texts_of(struct oat_part *part, enum oat_table_id table,
                                                  unsigned column)
{
    enum content_name name = texts_name(table, column);
    const struct content *content = name == CONTENTS ? NULL : content_of(part, name);
    return content ? &content->u.texts : NULL;
}

oat_text oat_part_text(struct oat_part *part, enum oat_table_id table, unsigned column, uint64_t code)
{
    const struct oat_text_dictionary *texts = code == 0 ? NULL : texts_of(part, table, column);
    oat_text text = {0};
    if (texts)
        text.bytes = (const char *)oat_text_dictionary_get(texts, code, &text.len);
    return text;
}

uint32_t oat_part_text_count(struct oat_part *part, enum oat_table_id table, unsigned column)
{
    const struct oat_text_dictionary *texts = texts_of(part, table, column);
    return texts ? texts->count : 0;
}

bool oat_part_flags(struct oat_part *part, uint64_t code, uint32_t *ret_flags)
{
    const struct content *content = content_of(part, FLAGS);
    if (code == 0) {
        *ret_flags = 0;
        return true;
    }
    return content && code <= oat_part_flags_count(part) && read_number(content, code - 1, ret_flags);
}

uint32_t oat_part_flags_count(struct oat_part *part)
{
    const struct content *content = content_of(part, FLAGS);
    return content ? (uint32_t)(content->view.len / sizeof(oat_le64)) : 0;
}

void oat_part_attribute(struct oat_part *part, uint64_t code, oat_text *ret_key, oat_text *ret_value)
{
    const struct content *content = content_of(part, ATTRIBUTES);
    const uint8_t *key, *value;
    *ret_key = *ret_value = (oat_text){0};
    if (!content || !oat_attribute_dictionary_get(&content->u.attributes, code, &key, &ret_key->len, &value,
                                                  &ret_value->len))
        return;
    ret_key->bytes = (const char *)key;
    ret_value->bytes = (const char *)value;
}

uint32_t oat_part_attribute_count(struct oat_part *part)
{
    const struct content *content = content_of(part, ATTRIBUTES);
    return content ? content->u.attributes.values.count : 0;
}
