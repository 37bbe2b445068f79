/* Appends that are made later: what a span that is held back by sampling would have written. */
#ifndef OAT_WRITER_HELD_H
#define OAT_WRITER_HELD_H

#include "writer/writer.h"

#define OAT_HELD_BYTES_MAX 5u

/* An append as its caller has it: job and bytes are borrowed. */
struct oat_held_append {
    oat_append_fn *fn;
    const void *job;
    size_t job_size;
    /* What the job points to: where in it the pointer is, and how many bytes. 0 bytes: nothing. */
    struct {
        size_t pointer, len;
    } bytes[OAT_HELD_BYTES_MAX];
    bool inherited; /* children get it, too; the job begins with the pointer to its span */
};

/* One that is held: owns what its append points to. */
struct oat_held_call {
    struct oat_held_call *next;
    size_t size; /* of all of this */
    struct oat_held_append append;
    _Alignas(16) uint8_t job[]; /* and the bytes */
};

/* A copy; NULL: out of memory. */
struct oat_held_call *oat_held_copy(const struct oat_held_append *append);

/* Adds one, which is taken over. */
void oat_held_add(struct oat_held_appends *appends, struct oat_held_call *call);

/* Adds copies of those that `from` hands on, as ones of `span`. False: out of memory, some may be there. */
bool oat_held_inherit(struct oat_held_appends *appends, const struct oat_held_appends *from, oat_span *span);

/* Frees them; then there are none. */
void oat_held_clear(struct oat_held_appends *appends);

#endif
