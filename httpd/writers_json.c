#include "httpd/writers_json.h"

#include <stdlib.h>
#include <string.h>

#include "export/field_json.h"

/* A writer: what its files come to. */
struct writer {
    const struct oat_pair *first; /* of its pairs */
    uint64_t files, slots, bytes;
};

static uint64_t bytes_of(const struct oat_file *file)
{
    uint64_t size, allocated;
    if (oat_file_size(file, &size, &allocated) != OAT_OK)
        return 0; /* the figures of the store report it */
    return allocated < size ? allocated : size;
}

static void add_pair(struct writer *writer, const struct oat_pair *pair)
{
    writer->files += 1u + pair->has_blobs;
    writer->slots += pair->slots;
    writer->bytes += bytes_of(&pair->spans) + (pair->has_blobs ? bytes_of(&pair->blobs) : 0);
}

/* The pairs of a writer follow each other. Returns how many writers there are. */
static size_t collect(const struct oat_sources *sources, struct writer *writers)
{
    size_t count = 0;
    for (size_t i = 0; i < sources->pair_count; i++) {
        const struct oat_pair *pair = sources->by_name[i];
        if (!pair->usable)
            continue;
        if (count == 0 || !oat_pair_same_writer(writers[count - 1].first, pair))
            writers[count++] = (struct writer){.first = pair};
        add_pair(&writers[count - 1], pair);
    }
    return count;
}

static int compare(const void *x, const void *y)
{
    const struct oat_pair *a = ((const struct writer *)x)->first, *b = ((const struct writer *)y)->first;
    bool a_lives = a->liveness == OAT_WRITER_ALIVE, b_lives = b->liveness == OAT_WRITER_ALIVE;
    if (a_lives != b_lives)
        return a_lives ? -1 : 1;
    if (a->created_ns != b->created_ns)
        return a->created_ns > b->created_ns ? -1 : 1;
    return memcmp(a->writer_id, b->writer_id, sizeof a->writer_id);
}

static void put_writer(struct oat_json *json, const struct writer *writer)
{
    static const char *const states[] = {
        [OAT_WRITER_DEAD] = "dead",
        [OAT_WRITER_ALIVE] = "alive",
        [OAT_WRITER_UNKNOWN] = "unknown",
        [OAT_WRITER_LOST] = "lost_contact",
    };
    const struct oat_pair *pair = writer->first;
    size_t len = strlen(pair->program);
    oat_json_object_begin(json);
    oat_json_key(json, "writer_id");
    oat_json_hex(json, pair->writer_id, sizeof pair->writer_id);
    oat_json_text_field(json, "program", (oat_text){len > 0 ? pair->program : NULL, len});
    oat_json_count_field(json, "pid", pair->pid != 0, pair->pid);
    oat_json_key(json, "state");
    oat_json_cstring(json, states[pair->liveness]);
    bool is_time = pair->created_ns <= INT64_MAX;
    oat_json_fixed_field(json, "start_time", is_time, (int64_t)pair->created_ns, 9);
    oat_json_count_field(json, "files", true, writer->files);
    oat_json_count_field(json, "slots", true, writer->slots);
    oat_json_count_field(json, "bytes", true, writer->bytes);
    oat_json_object_end(json);
}

int oat_json_writers(struct oat_json *json, const oat_snapshot *snapshot)
{
    size_t count = 0, pairs = snapshot ? snapshot->sources->pair_count : 0;
    struct writer *writers = malloc((pairs + 1) * sizeof *writers);
    if (!writers)
        return OAT_E_NOMEM;
    if (pairs > 0)
        count = collect(snapshot->sources, writers);
    qsort(writers, count, sizeof *writers, compare);
    oat_json_array_begin(json);
    for (size_t i = 0; i < count && i < OAT_WRITERS_LISTED; i++)
        put_writer(json, &writers[i]);
    oat_json_array_end(json);
    free(writers);
    return OAT_OK;
}
