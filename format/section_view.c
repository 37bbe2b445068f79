#include "format/section_view.h"

#include "format/limits.h"
#include "format/section_blocks.h"
#include "oat/oat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum block_state { UNREAD = 0, GOOD, DAMAGED };

struct oat_section_state {
    void *owned; /* the content, where it does not lie in the file as it is */
    struct oat_section_blocks blocks;
    struct oat_section_listener listener;
    pthread_mutex_t lock;     /* held while a block is read */
    _Atomic uint8_t states[]; /* enum block_state, of each block */
};

static struct oat_section_state *new_state(const struct oat_section_listener *listener, uint32_t blocks)
{
    struct oat_section_state *state = calloc(1, sizeof *state + blocks);
    if (!state)
        return NULL;
    state->listener = *listener;
    pthread_mutex_init(&state->lock, NULL);
    return state;
}

static void free_state(struct oat_section_state *state)
{
    if (!state)
        return;
    free(state->owned);
    pthread_mutex_destroy(&state->lock);
    free(state);
}

static int damaged(const struct oat_section_listener *listener, const struct oat_disk_section *section,
                   const char *what)
{
    listener->damaged(listener->arg, oat_le64_get(section->offset), what);
    return OAT_E_CORRUPT;
}

/* A section that is one piece. */
static int open_whole(const struct oat_sections *sections, const struct oat_disk_section *section,
                      const struct oat_section_listener *listener, struct oat_section_view *ret)
{
    void *owned = NULL;
    listener->ahead(listener->arg, sections->file + oat_le64_get(section->offset),
                    oat_le64_get(section->stored_len));
    int result = oat_section_read(sections, section, &ret->bytes, &ret->len, &owned);
    if (result == OAT_E_CORRUPT)
        return damaged(listener, section, "section checksum");
    if (result != OAT_OK || !owned)
        return result;
    ret->state = new_state(listener, 0);
    if (ret->state)
        ret->state->owned = owned;
    else
        free(owned);
    return ret->state ? OAT_OK : OAT_E_NOMEM;
}

int oat_section_view_open(const struct oat_sections *sections, const struct oat_disk_section *section,
                          const struct oat_section_listener *listener, struct oat_section_view *ret)
{
    struct oat_section_view view = {0};
    struct oat_section_blocks blocks;
    int result = OAT_OK;
    if (section->codec != OAT_CODEC_BLOCKS) {
        result = open_whole(sections, section, listener, &view);
    } else if (!oat_section_blocks_open(sections, section, &blocks)) {
        result = damaged(listener, section, "section length");
    } else {
        view.len = (size_t)blocks.raw_len;
        view.bytes = oat_section_blocks_in_place(&blocks);
        view.state = new_state(listener, blocks.count);
        if (view.state && !view.bytes)
            view.bytes = view.state->owned = malloc(view.len + 1);
        result = view.state && view.bytes ? OAT_OK : OAT_E_NOMEM;
        if (view.state)
            view.state->blocks = blocks;
    }
    if (result == OAT_OK)
        *ret = view;
    else
        free_state(view.state);
    return result;
}

void oat_section_view_close(struct oat_section_view *view)
{
    free_state(view->state);
    *view = (struct oat_section_view){0};
}

/* Reads a block that nobody has read yet; the lock is held. */
static enum block_state read_block(struct oat_section_state *state, uint32_t block)
{
    const struct oat_section_blocks *blocks = &state->blocks;
    uint8_t *content = state->owned;
    const uint8_t *stored;
    size_t len;
    if (oat_section_block_find(blocks, block, &stored, &len))
        state->listener.ahead(state->listener.arg, stored, len);
    if (oat_section_block_read(blocks, block,
                               content ? content + (size_t)block * OAT_SECTION_BLOCK_SIZE : NULL) == OAT_OK)
        return GOOD;
    state->listener.damaged(state->listener.arg, blocks->offset, "block of a section");
    return DAMAGED;
}

static bool need_block(struct oat_section_state *state, uint32_t block)
{
    uint8_t found = atomic_load_explicit(&state->states[block], memory_order_acquire);
    if (found == UNREAD) {
        pthread_mutex_lock(&state->lock);
        found = atomic_load_explicit(&state->states[block], memory_order_relaxed);
        if (found == UNREAD) {
            found = (uint8_t)read_block(state, block);
            atomic_store_explicit(&state->states[block], found, memory_order_release);
        }
        pthread_mutex_unlock(&state->lock);
    }
    return found == GOOD;
}

bool oat_section_need(const struct oat_section_view *view, uint64_t offset, uint64_t len)
{
    if (!oat_range_ok(offset, len, view->len))
        return false;
    if (!view->state || view->state->blocks.count == 0 || len == 0)
        return true;
    uint64_t last = (offset + len - 1) / OAT_SECTION_BLOCK_SIZE;
    for (uint64_t block = offset / OAT_SECTION_BLOCK_SIZE; block <= last; block++)
        if (!need_block(view->state, (uint32_t)block))
            return false;
    return true;
}

int oat_section_view_copy(struct oat_section_view *view)
{
    static const struct oat_section_listener nobody;
    struct oat_section_view copy = {.len = view->len};
    bool good = oat_section_need(view, 0, view->len);
    copy.state = good ? new_state(&nobody, 0) : NULL;
    if (copy.state)
        copy.bytes = copy.state->owned = malloc(view->len + 1);
    if (copy.bytes)
        memcpy(copy.state->owned, view->bytes, view->len);
    else
        free_state(copy.state);
    oat_section_view_close(view);
    if (copy.bytes)
        *view = copy;
    return copy.bytes ? OAT_OK : good ? OAT_E_NOMEM : OAT_E_CORRUPT;
}
