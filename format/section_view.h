/* The content of a section, of which no more is read, checked and decoded than is needed. */
#ifndef OAT_FORMAT_SECTION_VIEW_H
#define OAT_FORMAT_SECTION_VIEW_H

#include "format/sections.h"

/* What a view tells whoever opened it; called by any thread, by one at a time for each view. */
struct oat_section_listener {
    void (*ahead)(void *arg, const uint8_t *bytes, uint64_t len);       /* these will be read */
    void (*damaged)(void *arg, uint64_t file_offset, const char *what); /* once for each block */
    void *arg;
};

/* Copies are the same view. Reading is thread-safe. */
struct oat_section_view {
    const uint8_t *bytes; /* what oat_section_need has said yes to may be looked at */
    size_t len;
    struct oat_section_state *state; /* NULL: all may be looked at */
};

/* Bytes in memory as a view; borrowed. */
static inline struct oat_section_view oat_section_view_of(const uint8_t *bytes, size_t len)
{
    return (struct oat_section_view){.bytes = bytes, .len = len};
}

/* Opens a section. One that is not in blocks is checked here and now. Borrows the file's bytes. OAT_OK,
 * OAT_E_CORRUPT (told to the listener), OAT_E_NOMEM. */
int oat_section_view_open(const struct oat_sections *sections, const struct oat_disk_section *section,
                          const struct oat_section_listener *listener, struct oat_section_view *ret);
/* Accepts a zeroed one. */
void oat_section_view_close(struct oat_section_view *view);

/* Makes it a view of a copy in memory, which its owner may write to while nobody else reads. OAT_OK;
 * OAT_E_CORRUPT: not all of it is good; OAT_E_NOMEM. *view is closed then. */
int oat_section_view_copy(struct oat_section_view *view);

/* Has bytes [offset, offset + len) of the content read. False: they are not all in it, or are damaged. */
bool oat_section_need(const struct oat_section_view *view, uint64_t offset, uint64_t len);

#endif
