#include "tests/support/run_crash_files.h"

#include "format/entry.h"
#include "format/pair_header.h"
#include "tests/support/run_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_STEP_BYTES (256u << 10)

struct spans_file {
    struct oat_disk_pair_header header;
    uint64_t claimed, flags, size;
    bool sealed;
};

static bool read_spans(const char *path, struct spans_file *ret)
{
    uint8_t page[OAT_SPANS_HEADER_SIZE];
    struct oat_disk_seal seal;
    struct stat st;
    oat_le64 word;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool whole = fd >= 0 && fstat(fd, &st) == 0 && pread(fd, page, sizeof page, 0) == (ssize_t)sizeof page;
    if (fd >= 0)
        close(fd);
    if (!whole)
        return false;
    memcpy(&ret->header, page, sizeof ret->header);
    memcpy(&word, page + OAT_SPANS_CLAIMED_OFFSET, sizeof word);
    ret->claimed = oat_le64_get(word);
    memcpy(&word, page + OAT_SPANS_FLAGS_OFFSET, sizeof word);
    ret->flags = oat_le64_get(word);
    memcpy(&seal, page + OAT_SPANS_SEAL_OFFSET, sizeof seal);
    ret->sealed = oat_seal_check(&seal, oat_le64_get(ret->header.nonce));
    ret->size = (uint64_t)st.st_size;
    return true;
}

static bool newest_of_its_writer(const char *path)
{
    char next[OAT_RUN_PATH_SIZE];
    size_t seq_at = strlen(path) - strlen("00000000.spans");
    unsigned long seq = strtoul(path + seq_at, NULL, 16);
    snprintf(next, sizeof next, "%.*s%08lx.spans", (int)seq_at, path, seq + 1);
    return access(next, F_OK) != 0;
}

/* Walks the entries of a .blobs file; a hole or a bad entry ends the walk. */
static void look_at_blobs(const char *path, uint64_t nonce, struct oat_crash_moment *moment)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    uint8_t *bytes = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;
    size_t len = bytes && pread(fd, bytes, (size_t)st.st_size, 0) == st.st_size ? (size_t)st.st_size : 0;
    size_t groups = 0;
    bool first = false;
    struct oat_entry entry;
    size_t at = OAT_BLOBS_HEADER_SIZE;
    for (; at < len; at += oat_entry_size(&entry)) {
        if (oat_entry_decode(bytes + at, len - at, nonce, at, &entry, NULL) != OAT_OK ||
            !oat_range_ok(at, entry.header_len + entry.stored_len, len))
            break;
        if (entry.kind == OAT_ENTRY_GROUP) {
            first = entry.pred_offset == 0;
            groups += first;
        }
    }
    /* Space that was allocated ahead is zero to the end. */
    for (; at < len && !moment->torn; at++)
        moment->torn = bytes[at] != 0;
    moment->group_end |= first && groups > 1;
    free(bytes);
    close(fd);
}

static void look_at_pair(const char *path, struct oat_crash_moment *moment)
{
    struct spans_file file;
    char blobs[OAT_RUN_PATH_SIZE];
    if (!read_spans(path, &file))
        return;
    if (!newest_of_its_writer(path)) {
        moment->sealing |= !file.sealed;
        return;
    }
    moment->carrying |= !(file.flags & OAT_PAIR_FLAG_CARRIED);
    uint64_t used = OAT_SPANS_HEADER_SIZE + file.claimed * OAT_SLOT_SIZE;
    moment->growing |=
        file.header.mode == OAT_PAIR_MAPPED && file.size > FIRST_STEP_BYTES && used * 2 < file.size;
    snprintf(blobs, sizeof blobs, "%.*s.blobs", (int)(strlen(path) - strlen(".spans")), path);
    look_at_blobs(blobs, oat_le64_get(file.header.nonce), moment);
}

struct oat_crash_moment oat_crash_moment_of(const char *dir)
{
    struct oat_crash_moment moment = {0};
    char(*paths)[OAT_RUN_PATH_SIZE];
    moment.making = oat_run_hot_count_prefix(dir, ".tmp-") > 0 ||
                    oat_run_hot_count(dir, ".blobs") > oat_run_hot_count(dir, ".spans");
    size_t count = oat_run_hot_list(dir, ".spans", &paths);
    for (size_t i = 0; i < count; i++)
        look_at_pair(paths[i], &moment);
    free(paths);
    return moment;
}
