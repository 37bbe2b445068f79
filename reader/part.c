#include "reader/part.h"

#include "format/dictionary.h"

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

/* ---- Indexes ---- */

const struct oat_id_index *oat_part_index(struct oat_part *part, enum oat_table_id table)
{
    const struct content *content = content_of(part, table == OAT_TABLE_TRACES ? TRACE_INDEX : SPAN_INDEX);
    return content ? &content->u.index : NULL;
}

const struct oat_section_view *oat_part_trace_filter(struct oat_part *part)
{
    const struct content *content = content_of(part, TRACE_FILTER);
    return content ? &content->view : NULL;
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
