#include "compactor/part_maker.h"

#include "compactor/fs.h"
#include "format/day.h"
#include "reader/array.h"

#include <errno.h>
#include <stdlib.h>

/* Shares of the memory. */
#define PART_SHARE 4u /* of what parts hold until they are finished; one that holds more is closed */
#define PACK_SHARE 8u

/* Opens a directory; *ret_made when it is new and its name is to be made durable. */
static int make_dir(int dir_fd, const char *name, int *ret_fd, bool *ret_made)
{
    bool made;
    int result = oat_fs_make_dir(dir_fd, name, ret_fd, &made);
    *ret_made = *ret_made || (result == OAT_OK && made);
    return result;
}

int oat_part_maker_init(struct oat_part_maker *maker, const struct oat_build_input *input,
                        const struct oat_live_parts *live)
{
    bool made = false;
    *maker = (struct oat_part_maker){.input = input, .live = live, .days_fd = -1};
    for (unsigned i = 0; i < 2; i++)
        maker->parts[i] = (struct oat_part_under_way){.maker = maker, .day_fd = -1};
    int result = make_dir(input->store_fd, OAT_DAYS_DIR, &maker->days_fd, &made);
    return result == OAT_OK && made ? oat_fs_sync(input->store_fd) : result;
}

/* ---- The beginning ---- */

static int begin(struct oat_part_maker *maker, uint32_t day)
{
    char name[OAT_DAY_TEXT_SIZE];
    const struct oat_build_input *input = maker->input;
    struct oat_part_under_way *part = &maker->parts[maker->filled];
    oat_day_print(day, name);
    int result = make_dir(maker->days_fd, name, &part->day_fd, &maker->made_dir);
    if (result != OAT_OK)
        return result;
    struct oat_part_options options = {
        .dir_fd = part->day_fd,
        .store = input->store,
        .day = day,
        .generation = input->first_generation + maker->begun_count++,
        .now_ns = input->now_ns,
        .sources = input->sources,
        .live = maker->live,
        .made = &maker->made,
        .threads = input->threads,
        .pack_memory_bytes = input->memory_bytes / PACK_SHARE,
    };
    result = oat_part_writer_open(&part->writer, &options);
    part->is_open = result == OAT_OK;
    return result;
}

/* ---- The end ---- */

/* Replaced spans of the older parts that are merged into the first part of their day. */
static uint64_t older_replacements(const struct oat_part_maker *maker, uint32_t day)
{
    const struct oat_sources *sources = maker->input->sources;
    uint64_t replacements = 0;
    for (size_t i = 0; i < maker->output.part_count; i++)
        if (maker->output.parts[i].day == day)
            return 0;
    for (size_t i = 0; i < sources->part_count; i++)
        if (oat_part_entry(sources->parts[i])->day == day)
            replacements += oat_part_entry(sources->parts[i])->replacements;
    return replacements;
}

static void sum_up(struct oat_build_output *output, const struct oat_manifest_part *part)
{
    output->spans += part->spans;
    output->traces += part->traces;
    output->replacements += part->replacements;
    output->raw_payload_bytes += part->raw_bytes;
    output->unique_bytes += part->unique_bytes;
    output->stored_bytes += part->part_bytes + part->pack_bytes;
}

static int finish(struct oat_part_under_way *under_way)
{
    struct oat_part_maker *maker = under_way->maker;
    struct oat_build_output *output = &maker->output;
    struct oat_manifest_part entry;
    struct oat_part *part;
    if (!oat_array_reserve(&output->parts, output->part_count, &maker->capacity, sizeof *output->parts))
        return OAT_E_NOMEM;
    int result = oat_part_writer_finish(&under_way->writer, &entry);
    if (result != OAT_OK)
        return result;
    entry.replacements += older_replacements(maker, entry.day);
    output->parts[output->part_count++] = entry;
    sum_up(output, &entry);
    oat_part_writer_close(&under_way->writer);
    under_way->is_open = false;
    result = oat_fs_sync(under_way->day_fd);
    oat_fs_close(under_way->day_fd);
    under_way->day_fd = -1;
    if (result == OAT_OK)
        result = oat_part_open(maker->input->store_fd, &entry, &maker->input->sources->problems, &part);
    return result == OAT_OK ? oat_live_parts_add(&maker->made, part) : result;
}

static void run_finish(void *arg)
{
    struct oat_part_under_way *part = arg;
    part->result = finish(part);
    part->error = errno;
}

/* Waits until a part is finished, if somebody is at it. */
static int wait_for(struct oat_part_under_way *part)
{
    if (!part->is_finishing)
        return OAT_OK;
    oat_task_wait(&part->task);
    part->is_finishing = false;
    part->held_bytes = 0;
    errno = part->error;
    return part->result;
}

/* Has the part being filled finished, if there is one; later ones may continue its traces. One part is
 * finished at a time, so they come in their order. */
static int end_part(struct oat_part_maker *maker)
{
    struct oat_part_under_way *part = &maker->parts[maker->filled];
    if (!part->is_open)
        return OAT_OK;
    int result = wait_for(&maker->parts[1 - maker->filled]);
    if (result != OAT_OK)
        return result;
    bool threaded = maker->input->threads > 1;
    part->is_finishing = true;
    part->held_bytes = oat_part_writer_memory(&part->writer);
    oat_task_start(&part->task, threaded, run_finish, part);
    if (!threaded)
        return wait_for(part);
    maker->filled = 1 - maker->filled;
    return OAT_OK;
}

/* ---- Traces ---- */

/* Whether the part being filled has to be ended because of what it holds. When only both parts together hold
 * too much, the other one is waited for. */
static int is_full(struct oat_part_maker *maker, bool *ret_full)
{
    const struct oat_part_under_way *part = &maker->parts[maker->filled];
    struct oat_part_under_way *other = &maker->parts[1 - maker->filled];
    uint64_t most = maker->input->memory_bytes / PART_SHARE;
    uint64_t held = part->is_open ? oat_part_writer_memory(&part->writer) : 0;
    *ret_full = held > most;
    return held + other->held_bytes > most ? wait_for(other) : OAT_OK;
}

int oat_part_maker_add(struct oat_part_maker *maker, const struct oat_day_trace *trace, uint64_t arrived_ns)
{
    uint32_t day = oat_day_of(trace->start_ns);
    const struct oat_part_under_way *part = &maker->parts[maker->filled];
    bool full;
    int result = is_full(maker, &full);
    if (result == OAT_OK && part->is_open && (full || part->writer.options.day != day))
        result = end_part(maker);
    part = &maker->parts[maker->filled];
    if (result == OAT_OK && !part->is_open)
        result = begin(maker, day);
    return result == OAT_OK ? oat_part_writer_add(&maker->parts[maker->filled].writer, trace, arrived_ns)
                            : result;
}

int oat_part_maker_end(struct oat_part_maker *maker)
{
    int result = end_part(maker);
    for (unsigned i = 0; i < 2 && result == OAT_OK; i++)
        result = wait_for(&maker->parts[i]);
    return result == OAT_OK && maker->made_dir ? oat_fs_sync(maker->days_fd) : result;
}

/* ---- Releasing ---- */

static void remove_files(const struct oat_part_maker *maker)
{
    for (size_t i = 0; i < maker->output.part_count; i++) {
        char path[64];
        oat_part_file_name(&maker->output.parts[i], "part", path);
        oat_fs_unlink(maker->input->store_fd, path);
        oat_part_file_name(&maker->output.parts[i], "pack", path);
        oat_fs_unlink(maker->input->store_fd, path);
    }
}

void oat_part_maker_close(struct oat_part_maker *maker, struct oat_build_output *ret)
{
    int error = errno;
    for (unsigned i = 0; i < 2; i++) {
        oat_task_wait(&maker->parts[i].task);
        oat_part_writer_close(&maker->parts[i].writer);
        oat_fs_close(maker->parts[i].day_fd);
    }
    oat_live_parts_clear(&maker->made);
    if (ret) {
        *ret = maker->output;
    } else {
        remove_files(maker);
        free(maker->output.parts);
    }
    oat_fs_close(maker->days_fd);
    errno = error;
}
