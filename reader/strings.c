#include "reader/strings.h"

#include "format/hash.h"
#include "reader/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (64u << 10)

struct oat_string_entry {
    uint64_t key; /* pair index and reference; 0 = free: references begin at 1 */
    oat_text text;
};

struct oat_string_block {
    struct oat_string_block *next;
    size_t used;
    size_t size;
    char bytes[];
};

void oat_strings_init(struct oat_strings *strings)
{
    memset(strings, 0, sizeof *strings);
    pthread_mutex_init(&strings->lock, NULL);
}

void oat_strings_forget(struct oat_strings *strings)
{
    while (strings->blocks) {
        struct oat_string_block *next = strings->blocks->next;
        free(strings->blocks);
        strings->blocks = next;
    }
    free(strings->table);
    strings->table = NULL;
    strings->capacity = strings->count = strings->bytes = 0;
}

void oat_strings_clear(struct oat_strings *strings)
{
    oat_strings_forget(strings);
    pthread_mutex_destroy(&strings->lock);
}

/* ---- The bytes ---- */

static char *take_bytes(struct oat_strings *strings, size_t len)
{
    struct oat_string_block *block = strings->blocks;
    if (!block || block->size - block->used < len) {
        size_t size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
        block = malloc(sizeof *block + size);
        if (!block)
            return NULL;
        *block = (struct oat_string_block){.next = strings->blocks, .size = size};
        strings->blocks = block;
    }
    char *bytes = block->bytes + block->used;
    block->used += len;
    strings->bytes += len;
    return bytes;
}

/* A byte more, so that an empty text is not NULL. */
static oat_text keep(struct oat_strings *strings, const void *bytes, size_t len)
{
    char *copy = take_bytes(strings, len + 1);
    if (!copy)
        return (oat_text){0};
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return (oat_text){copy, len};
}

oat_text oat_strings_keep(struct oat_strings *strings, const void *bytes, size_t len)
{
    pthread_mutex_lock(&strings->lock);
    oat_text text = keep(strings, bytes, len);
    pthread_mutex_unlock(&strings->lock);
    return text;
}

/* ---- The table ---- */

static struct oat_string_entry *place_of(struct oat_string_entry *table, size_t capacity, uint64_t key)
{
    size_t at = (size_t)(key * OAT_POSITION_PRIME >> 20) & (capacity - 1);
    while (table[at].key != 0 && table[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

static bool make_room(struct oat_strings *strings)
{
    if (strings->count * 2 < strings->capacity)
        return true;
    size_t capacity = strings->capacity ? 2 * strings->capacity : 256;
    struct oat_string_entry *table = calloc(capacity, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < strings->capacity; i++)
        if (strings->table[i].key != 0)
            *place_of(table, capacity, strings->table[i].key) = strings->table[i];
    free(strings->table);
    strings->table = table;
    strings->capacity = capacity;
    return true;
}

/* ---- Reading ---- */

bool oat_string_check(const struct oat_disk_string *string, const char **ret_what)
{
    const char *what = NULL;
    uint32_t len = oat_le32_get(string->len_bytes);
    if (string->in_blob > 1)
        what = "string form";
    else if (string->in_blob ? len != oat_le48_get(string->u.blob.raw_len) : len > OAT_STRING_INLINE_MAX)
        what = "string length";
    if (what && ret_what)
        *ret_what = what;
    return !what;
}

static oat_text read_blob(struct oat_strings *strings, const struct oat_pair *pair,
                          const struct oat_disk_string *slot, struct oat_problems *problems)
{
    uint8_t *bytes;
    size_t len;
    bool masked;
    if (oat_blob_read(pair, &slot->u.blob, SIZE_MAX, problems, &bytes, &len, &masked) != OAT_OK)
        return (oat_text){0};
    oat_text text = keep(strings, bytes, len);
    free(bytes);
    return text;
}

static oat_text read_text(struct oat_strings *strings, const struct oat_pair *pair, uint32_t ref,
                          struct oat_problems *problems)
{
    union {
        uint8_t bytes[OAT_SLOT_SIZE];
        struct oat_disk_string string;
    } slot;
    uint16_t kind = OAT_SLOT_NONE;
    enum oat_problem_kind failure = oat_pair_dangling(pair, ref - 1 < pair->strict_slots);
    int result = oat_pair_read_slot(pair, ref - 1, slot.bytes, &kind);

    if (result == OAT_E_IO) {
        oat_problems_add_errno(problems, pair->spans_path, oat_slot_offset(ref - 1), "read", errno);
        return (oat_text){0};
    }
    if (result != OAT_OK || kind != OAT_SLOT_STRING) {
        oat_problems_add(problems, failure, pair->spans_path, oat_slot_offset(ref - 1), "string reference",
                         "a STRING slot", result == OAT_OK ? "another kind" : "no valid slot");
        return (oat_text){0};
    }
    uint32_t len = oat_le32_get(slot.string.len_bytes);
    oat_text text = {0};
    if (oat_string_check(&slot.string, NULL))
        text = slot.string.in_blob ? read_blob(strings, pair, &slot.string, problems)
                                   : keep(strings, slot.string.u.text, len);
    if (!text.bytes)
        oat_problems_add(problems, failure, pair->spans_path, oat_slot_offset(ref - 1), "string", "its text",
                         "cannot be read");
    else
        oat_forgotten_mask(pair->forgotten, (uint8_t *)(uintptr_t)text.bytes, text.len);
    return text;
}

oat_text oat_strings_get(struct oat_strings *strings, const struct oat_pair *pair, uint32_t ref,
                         struct oat_problems *problems)
{
    oat_text text = {0};
    if (ref == 0)
        return text;
    uint64_t key = (uint64_t)pair->index << 32 | ref;
    pthread_mutex_lock(&strings->lock);
    if (make_room(strings)) {
        struct oat_string_entry *entry = place_of(strings->table, strings->capacity, key);
        if (entry->key == 0) {
            *entry = (struct oat_string_entry){key, read_text(strings, pair, ref, problems)};
            strings->count++;
        }
        text = entry->text;
    }
    pthread_mutex_unlock(&strings->lock);
    return text;
}
