/* Makes the parts of a build, day after day. With threads, a part is finished while the next one is being
 * made: dictionaries, indexes and syncs of one beside the rows of the other. */
#ifndef OAT_COMPACTOR_PART_MAKER_H
#define OAT_COMPACTOR_PART_MAKER_H

#include "compactor/build.h"
#include "compactor/parallel.h"
#include "compactor/part_writer.h"

struct oat_part_maker;

/* A part from its first trace until it is finished. */
struct oat_part_under_way {
    struct oat_part_maker *maker;
    struct oat_part_writer writer;
    bool is_open;
    int day_fd;           /* -1: none */
    struct oat_task task; /* finishes it */
    bool is_finishing;    /* and nobody has waited for it */
    uint64_t held_bytes;  /* memory that it holds meanwhile */
    int result, error;    /* of the task */
};

struct oat_part_maker {
    const struct oat_build_input *input; /* borrowed */
    const struct oat_live_parts *live;   /* those that stay; borrowed */
    struct oat_live_parts made;          /* finished; of the task while there is one, as is output */
    struct oat_build_output output;
    size_t capacity;                    /* of output.parts */
    int days_fd;                        /* days/ */
    bool made_dir;                      /* in days/, which has not been synced since */
    uint64_t begun_count;               /* parts */
    struct oat_part_under_way parts[2]; /* one is filled while the other is finished */
    unsigned filled;                    /* which one */
};

/* Begins. oat_part_maker_close either way. */
int oat_part_maker_init(struct oat_part_maker *maker, const struct oat_build_input *input,
                        const struct oat_live_parts *live);

/* Appends a trace to the part of its day, which is a new one where the part would hold too much memory.
 * Traces come by day. arrived_ns: as of oat_part_writer_add. Failures are those of part_writer.h, of parts
 * before, too. */
int oat_part_maker_add(struct oat_part_maker *maker, const struct oat_day_trace *trace, uint64_t arrived_ns);

/* Finishes all parts: they are durable, names and all. */
int oat_part_maker_end(struct oat_part_maker *maker);

/* Releases it. ret: the parts, for the caller; NULL: all files that were written are removed. Keeps errno. */
void oat_part_maker_close(struct oat_part_maker *maker, struct oat_build_output *ret);

#endif
