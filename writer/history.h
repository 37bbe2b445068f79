/* The conversations that one thread captured lately: a payload that continues one of them is known
 * up to where the messages of the last call ended, and its recipe builds on an earlier one. */
#ifndef OAT_WRITER_HISTORY_H
#define OAT_WRITER_HISTORY_H

#include "format/hash.h"
#include "writer/recipe_builder.h"
#include "writer/split.h"

#define OAT_HISTORY_CONVERSATIONS 64u
#define OAT_HISTORY_ITEMS         (128u << 10) /* of all conversations: 2 MiB, 4 with room to grow */
#define OAT_HISTORY_LEVELS        4u
#define OAT_HISTORY_EDGE          64u /* bytes compared before a whole prefix is hashed */

/* A recipe to build on: its first `pos` bytes, which are the conversation's first `items` items. */
struct oat_history_base {
    uint64_t offset; /* 0: none */
    uint32_t pos;
    uint32_t items;
    uint32_t depth; /* recipes below it */
};

/* Its extensions have numbers n = 1, 2, ...; extension n builds on n - 16^k, where k is the number
 * of trailing zero hex digits of n: a chain is no longer than the sum of the digits. level[k] is
 * the newest extension whose number ends in k zeros. */
struct oat_conversation {
    struct oat_items items; /* up to the end of the last message */
    struct oat_history_base level[OAT_HISTORY_LEVELS];
    uint32_t n;
    uint64_t used;                  /* when; 0: free */
    uint8_t head[OAT_HISTORY_EDGE]; /* first bytes, and the last ones before the end */
    uint8_t tail[OAT_HISTORY_EDGE];
    oat_content_id prefix_id; /* of everything up to split.pos */
    struct oat_split split;   /* where cutting goes on; split.pos is the end of the prefix */
};

struct oat_history {
    size_t end[OAT_HISTORY_CONVERSATIONS]; /* of the prefixes, in one place to look at; 0: free */
    struct oat_conversation conversation[OAT_HISTORY_CONVERSATIONS];
    size_t items; /* remembered in all */
    uint64_t clock;
};

/* The conversation whose prefix `payload` begins with, or NULL. On a match hasher has taken the
 * prefix and nothing else. */
struct oat_conversation *oat_history_match(struct oat_history *history, const uint8_t *payload, size_t len,
                                           oat_content_hasher *hasher, uint64_t hash_seed);

/* The conversation that shares the most items with a payload's, and how many. NULL when none
 * shares enough to build on. */
struct oat_conversation *oat_history_closest(struct oat_history *history, const struct oat_items *items,
                                             size_t *ret_shared);

/* What the next recipe of a conversation builds on, when `shared` of its items are still there.
 * offset 0: nothing. */
struct oat_history_base oat_history_base_for(const struct oat_conversation *conversation, size_t shared);

/* What has been stored. */
struct oat_history_entry {
    struct oat_conversation *from; /* the conversation that it continues, or NULL */
    size_t shared;                 /* so many of its items are the first of this one */
    const struct oat_item *items;  /* those behind them, up to the end of the last message */
    size_t count;
    uint64_t recipe;               /* offset */
    struct oat_history_base base;  /* what the recipe builds on */
    const struct oat_split *split; /* state at the end of the last message */
    const oat_content_id *prefix_id;
};

/* Remembers it. Forgets the least recently used where there is no room; short of memory, this one. */
void oat_history_put(struct oat_history *history, const struct oat_history_entry *entry);

/* Forgets everything. */
void oat_history_clear(struct oat_history *history);

#endif
