#include "tests/support/damage_store.h"
#include "tests/support/nth.h"

#include "oat/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void require(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

/* ---- Files ---- */

static void write_file(const struct damage_file *file, const uint8_t *bytes, size_t len)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && close(fd) == 0, file->path);
}

static void copy_file(struct damage_store *store, const char *from_dir, const char *to_dir, const char *name)
{
    char from[512];
    struct stat st;
    require(store->file_count < DAMAGE_FILES_MAX, "too many golden files");
    struct damage_file *file = &store->files[store->file_count++];
    snprintf(from, sizeof from, "%s/%s", from_dir, name);
    snprintf(file->path, sizeof file->path, "%s/%s", to_dir, name);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    require(fd >= 0 && fstat(fd, &st) == 0, from);
    file->len = (size_t)st.st_size;
    file->bytes = malloc(file->len + 1);
    require(file->bytes && read(fd, file->bytes, file->len) == st.st_size && close(fd) == 0, from);
    write_file(file, file->bytes, file->len);
}

void damage_store_copy(struct damage_store *store, const char *golden_dir)
{
    char from[400], to[OAT_RUN_PATH_SIZE + 8];
    memset(store, 0, sizeof *store);
    oat_run_dir_make(store->dir);
    snprintf(from, sizeof from, "%s/hot", golden_dir);
    snprintf(to, sizeof to, "%s/hot", store->dir);
    require(mkdir(to, 0700) == 0, to);
    copy_file(store, golden_dir, store->dir, "STORE");
    DIR *dir = opendir(from);
    require(dir != NULL, from);
    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            copy_file(store, from, to, e->d_name);
    closedir(dir);
}

void damage_store_free(struct damage_store *store)
{
    for (size_t i = 0; i < store->file_count; i++)
        free(store->files[i].bytes);
    oat_run_dir_remove(store->dir);
}

void damage_store_change(const struct damage_file *file, size_t at, uint8_t byte)
{
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);
    require(fd >= 0 && pwrite(fd, &byte, 1, (off_t)at) == 1 && close(fd) == 0, file->path);
}

void damage_store_cut(const struct damage_file *file, size_t new_len)
{
    require(truncate(file->path, (off_t)new_len) == 0, file->path);
}

void damage_store_restore(const struct damage_file *file)
{
    write_file(file, file->bytes, file->len);
}

/* ---- What a reader shows ---- */

static void add_payload(oat_content_hasher *hasher, const oat_snapshot *snapshot, const oat_payload *payload)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int st = oat_payload_read(snapshot, payload, &bytes, &len);
    const bool marks[] = {payload->present, payload->redacted, payload->limited, payload->lost};
    oat_content_hasher_update(hasher, marks, sizeof marks);
    if (payload->present)
        oat_content_hasher_update(hasher, payload->media_type, strlen(payload->media_type));
    oat_content_hasher_update(hasher, &st, sizeof st);
    oat_content_hasher_update(hasher, &payload->raw_len, sizeof payload->raw_len);
    if (st == OAT_OK)
        oat_content_hasher_update(hasher, bytes, len);
    free(bytes);
}

static oat_content_id span_hash(oat_content_hasher *hasher, const oat_snapshot *snapshot,
                                const oat_span_view *v)
{
    const oat_payload *const payloads[] = {&v->input, &v->output, &v->attributes, &v->error};
    oat_content_hasher_reset(hasher, 0);
    oat_content_hasher_update(hasher, v->trace_id, 16);
    oat_content_hasher_update(hasher, v->span_id, 8);
    oat_content_hasher_update(hasher, v->parent_id, 8);
    const uint64_t numbers[] = {v->start_ns,
                                v->end_ns,
                                v->type,
                                v->status,
                                v->otel_status,
                                v->flags,
                                v->call_id,
                                v->prompt_version,
                                v->ttft_us,
                                (uint64_t)v->cost_total_nano,
                                (uint64_t)v->cost_input_nano,
                                (uint64_t)v->cost_output_nano};
    oat_content_hasher_update(hasher, numbers, sizeof numbers);
    oat_content_hasher_update(hasher, &v->sample_rate, sizeof v->sample_rate);
    oat_content_hasher_update(hasher, v->count, sizeof v->count);
    for (int i = 0; i < OAT_TEXT_FIELDS; i++) {
        oat_content_hasher_update(hasher, &v->text[i].len, sizeof v->text[i].len);
        if (v->text[i].bytes)
            oat_content_hasher_update(hasher, v->text[i].bytes, v->text[i].len);
    }
    for (int i = 0; i < 4; i++)
        add_payload(hasher, snapshot, payloads[i]);
    return oat_content_hasher_digest(hasher);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(oat_content_id));
}

static void view_spans(const oat_snapshot *snapshot, struct damage_view *ret)
{
    oat_content_hasher *hasher = oat_content_hasher_new(0);
    require(hasher != NULL, "hasher");
    for (size_t t = 0; t < oat_nth_count(snapshot); t++) {
        oat_span_view *spans;
        size_t count;
        require(oat_nth_spans(snapshot, t, &spans, &count) == OAT_OK, "spans");
        for (size_t i = 0; i < count && ret->span_count < DAMAGE_SPANS_MAX; i++) {
            ret->spans[ret->span_count++] = span_hash(hasher, snapshot, &spans[i]);
            ret->joined += spans[i].event_count + spans[i].link_count + spans[i].score_count;
        }
        free(spans);
    }
    oat_content_hasher_free(hasher);
    qsort(ret->spans, ret->span_count, sizeof *ret->spans, compare);
}

static oat_content_id problems_hash(const oat_snapshot *snapshot)
{
    oat_content_hasher *hasher = oat_content_hasher_new(0);
    require(hasher != NULL, "hasher");
    for (size_t i = 0; i < oat_snapshot_problem_count(snapshot); i++) {
        const oat_problem *p = oat_snapshot_problem(snapshot, i);
        const uint64_t numbers[] = {p->kind, p->offset, p->count};
        oat_content_hasher_update(hasher, numbers, sizeof numbers);
        oat_content_hasher_update(hasher, p->path, strlen(p->path));
        oat_content_hasher_update(hasher, p->what, strlen(p->what));
    }
    oat_content_id id = oat_content_hasher_digest(hasher);
    oat_content_hasher_free(hasher);
    return id;
}

void damage_store_view(const struct damage_store *store, struct damage_view *ret)
{
    oat_store *opened;
    oat_snapshot *snapshot;
    memset(ret, 0, sizeof *ret);
    if (oat_store_open(store->dir, &opened) != OAT_OK)
        return;
    ret->opened = true;
    require(oat_snapshot_take(opened, &snapshot) == OAT_OK, "snapshot");
    view_spans(snapshot, ret);
    (void)oat_snapshot_verify(snapshot, true);
    ret->problems = problems_hash(snapshot);
    oat_snapshot_free(snapshot);
    oat_store_close(opened);
}

bool damage_view_same_problems(const struct damage_view *a, const struct damage_view *b)
{
    return memcmp(&a->problems, &b->problems, sizeof a->problems) == 0;
}

bool damage_view_same(const struct damage_view *a, const struct damage_view *b)
{
    return a->span_count == b->span_count && a->joined == b->joined &&
           memcmp(a->spans, b->spans, a->span_count * sizeof *a->spans) == 0;
}

bool damage_view_within(const struct damage_view *part, const struct damage_view *whole)
{
    for (size_t i = 0; i < part->span_count; i++)
        if (!bsearch(&part->spans[i], whole->spans, whole->span_count, sizeof *whole->spans, compare))
            return false;
    return true;
}
