/* Writes one part: the spans of a day, trace by trace. Used by one thread at a time; failures are those
 * of section_writer.h, text_codes.h and pack_writer.h. */
#ifndef OAT_COMPACTOR_PART_WRITER_H
#define OAT_COMPACTOR_PART_WRITER_H

#include "compactor/mark_columns.h"
#include "compactor/span_columns.h"
#include "compactor/trace_columns.h"

/* Hashes of the ids of the rows of a table, for its INDEX. */
struct oat_id_hashes {
    uint64_t *hashes;
    size_t count, capacity;
};

/* Traces of the part that are in one that was made before, too. */
struct oat_later_traces {
    uint8_t (*ids)[16];
    size_t count, capacity;
};

struct oat_part_options {
    int dir_fd; /* of the day; borrowed until the part is closed */
    const struct oat_disk_store *store;
    uint32_t day;
    uint64_t generation;
    uint64_t now_ns;
    struct oat_sources *sources;       /* that the keys refer to */
    const struct oat_live_parts *live; /* that links of traces refer to */
    const struct oat_live_parts *made; /* before, by the same build; asked by oat_part_writer_finish */
    unsigned threads;
    uint64_t pack_memory_bytes;
};

struct oat_part_writer {
    struct oat_part_options options;
    struct oat_section_writer file;
    char pack_name[OAT_GENERATION_NAME_SIZE];
    struct oat_pack_writer *pack;
    struct oat_span_columns spans;
    struct oat_trace_columns traces;
    struct oat_mark_columns marks;
    struct oat_id_hashes span_ids, trace_ids;
    struct oat_later_traces later;
    uint32_t trace_flags; /* of the trace being added, as its parts tell */
    struct oat_manifest_part entry;
};

/* Begins a part and its pack. On failure nothing is held. */
int oat_part_writer_open(struct oat_part_writer *writer, const struct oat_part_options *options);

/* Appends a trace of the day. arrived_ns: when the newest of its rows came to the compactor first. */
int oat_part_writer_add(struct oat_part_writer *writer, const struct oat_day_trace *trace,
                        uint64_t arrived_ns);

/* Memory that the part holds until it is finished, in bytes, what has a fixed size apart. */
size_t oat_part_writer_memory(const struct oat_part_writer *writer);

/* Writes what is left, syncs both files and gives them their names; these are durable when the day's
 * directory has been synced. ret: the part as MANIFEST lists it. */
int oat_part_writer_finish(struct oat_part_writer *writer, struct oat_manifest_part *ret);

/* Releases it; files that were not finished are removed. Accepts a zeroed one. Keeps errno. */
void oat_part_writer_close(struct oat_part_writer *writer);

#endif
