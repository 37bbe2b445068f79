/* Texts of span fields: interned as STRING slots of a pair. */
#ifndef OAT_WRITER_TEXT_H
#define OAT_WRITER_TEXT_H

#include "writer/core.h"
#include "writer/writer.h"

#include <string.h>

static inline oat_name_cached *oat_name_way(oat_thread *thread, const char *text)
{
    uint64_t spread = (uint64_t)(uintptr_t)text * OAT_POSITION_PRIME;
    return &thread->names[(spread >> 32) % OAT_NAME_CACHE_SIZE];
}

/* What is known of the text, up to its NUL, that stands at an address; NULL: nothing, or another
 * text stood there. The reference is good in the pair of that serial only. */
static inline const oat_name_cached *oat_name_find(oat_thread *thread, const char *text)
{
    const oat_name_cached *cached = oat_name_way(thread, text);
    return cached->at == text && strcmp(cached->text, text) == 0 ? cached : NULL;
}

/* Remembers it, if it is short. */
void oat_name_keep(oat_thread *thread, const oat_pair *pair, const char *text, size_t len, uint32_t ref);

/* The reference of a text in the pair of the append under way; written there if it is new. A field
 * of a span holds at most OAT_TEXT_MAX bytes (oat_text_shorten); other texts are kept whole.
 * Returns as oat_append_fn. */
int oat_text_ref(oat_thread *thread, oat_pair *pair, const char *text, size_t len, uint32_t *ret_ref);

/* Brings a text of the pair `from` (ref 0: none) to the pair of the append under way. One that cannot
 * be read any more is counted as a drop and becomes 0: a span is worth more. Returns as oat_append_fn. */
int oat_text_move(oat_thread *thread, const oat_pair *from, oat_pair *to, uint32_t ref, uint32_t *ret_ref);

/* A text over OAT_TEXT_MAX: what its field holds instead, a prefix that ends at a character, "#"
 * and the 32 hex digits of its XXH3-128 (seed 0). ret has room for OAT_TEXT_MAX bytes; returns the
 * length. */
size_t oat_text_shorten(const char *text, size_t len, char *ret);

#endif
