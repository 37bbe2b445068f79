#include "tests/support/run_model_secret.h"

#include "compactor/contents.h"
#include "format/ids.h"
#include "reader/store.h"
#include "tests/support/run_payload.h"
#include "tests/support/run_random.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS     (OAT_MODEL_SECRETS / 2) /* the first of them */
#define SIZE      128u
#define OPEN_DIRS 16

/* ---- What they are ---- */

static size_t print_word(const struct oat_model *m, uint32_t number, char ret[SIZE])
{
    uint64_t word = oat_run_mix(m->seed * OAT_MODEL_SECRETS + number);
    return (size_t)snprintf(ret, SIZE, "secret-%016llx", (unsigned long long)word);
}

static size_t print_content(const struct oat_model *m, uint32_t number, char ret[SIZE])
{
    char word[SIZE];
    print_word(m, number, word);
    return (size_t)snprintf(ret, SIZE,
                            number < TEXTS ? "the key of it is %.40s, says \"alpha\""
                                           : "{\"role\": \"tool\", \"content\": \"the key of it is %.40s\"}",
                            word);
}

static oat_text copy_of(struct oat_model *m, const char *text, size_t len)
{
    return (oat_text){oat_model_copy(m, text, len), len};
}

oat_text oat_model_secret_word(struct oat_model *model, uint32_t number)
{
    char text[SIZE];
    size_t len = print_word(model, number, text);
    return copy_of(model, text, len);
}

oat_text oat_model_secret_content(struct oat_model *model, uint32_t number)
{
    char text[SIZE];
    size_t len = print_content(model, number, text);
    return copy_of(model, text, len);
}

oat_text oat_model_secret_text(struct oat_model *model, uint32_t which)
{
    return oat_model_secret_content(model, which % TEXTS);
}

oat_text oat_model_secret_chat(struct oat_model *model, uint32_t which, uint64_t seed)
{
    struct oat_run_bytes chat = {0};
    char first[SIZE], last[SIZE];
    size_t first_len = print_content(model, TEXTS + which % TEXTS, first);
    size_t last_len = print_content(model, TEXTS + which / 4 % TEXTS, last);
    oat_run_payload(OAT_RUN_CHAT, seed, &chat);
    const uint8_t *from = memchr(chat.bytes, '[', chat.len), *to = memrchr(chat.bytes, ']', chat.len);
    if (!from || !to)
        abort();
    size_t len = (size_t)(to - ++from);
    char *bytes = oat_model_alloc(model, len + first_len + last_len + 8);
    char *at = bytes;
    *at++ = '[';
    at = mempcpy(mempcpy(at, first, first_len), ", ", 2);
    at = mempcpy(at, from, len);
    if (which / 16 % 2)
        at = mempcpy(mempcpy(at, ", ", 2), last, last_len);
    *at++ = ']';
    oat_run_bytes_free(&chat);
    return (oat_text){bytes, (size_t)(at - bytes)};
}

/* ---- What is expected instead ---- */

/* SPEC.md, Forgotten content. */
static void print_marker(const struct oat_model *m, uint32_t number, char *dst, size_t len)
{
    char marker[SIZE];
    bool is_message = number >= TEXTS;
    int shown = snprintf(marker, sizeof marker, "%s[forgotten %s]", is_message ? "\"" : "",
                         m->secrets[number].redaction_id);
    memset(dst, ' ', len);
    memcpy(dst, marker, (size_t)shown);
    if (is_message)
        dst[len - 1] = '"';
}

static void mask(struct oat_model *m, uint32_t number, size_t from)
{
    char secret[SIZE];
    size_t len = print_content(m, number, secret);
    uint8_t *end = m->memory + m->memory_used;
    uint8_t *at = m->memory + from;
    while ((at = memmem(at, (size_t)(end - at), secret, len)))
        print_marker(m, number, (char *)at, len);
}

void oat_model_mask(struct oat_model *model)
{
    for (uint32_t i = 0; i < OAT_MODEL_SECRETS; i++)
        if (model->secrets[i].forgotten)
            mask(model, i, model->masked_to);
    model->masked_to = model->memory_used;
}

void oat_model_secret_forget(struct oat_model *model, uint32_t number, const uint8_t redaction_id[16])
{
    struct oat_model_secret *secret = &model->secrets[number];
    secret->forgotten = true;
    oat_hex_print(redaction_id, 16, secret->redaction_id);
    mask(model, number, sizeof *model);
}

/* ---- What no file may hold ---- */

static _Thread_local struct oat_model *model_in_hand; /* of the callbacks below */
static _Thread_local bool skips_hot;

static bool has_word(const struct oat_model *m, uint32_t number, const void *bytes, size_t len)
{
    char word[SIZE];
    size_t word_len = print_word(m, number, word);
    return len > 0 && memmem(bytes, len, word, word_len);
}

static bool holds(const struct oat_model *m, const void *bytes, size_t len)
{
    bool found = false;
    for (uint32_t i = 0; i < OAT_MODEL_SECRETS && !found; i++)
        found = m->secrets[i].forgotten && has_word(m, i, bytes, len);
    return found;
}

static int look_at_text(void *arg, const uint8_t *bytes, size_t len)
{
    if (holds(arg, bytes, len))
        oat_model_fail(arg, "a text of a part is not erased");
    return OAT_OK;
}

static int look_at_payload(void *arg, const struct oat_pieces *pieces)
{
    if (holds(arg, pieces->bytes.bytes, pieces->bytes.len) ||
        holds(arg, pieces->wholes.bytes, pieces->wholes.len))
        oat_model_fail(arg, "a payload of a part is not erased");
    return OAT_OK;
}

/* The sources of a store, and what they are read from. */
struct opened {
    oat_store *store;
    struct oat_sources *sources;
    struct oat_manifest manifest;
};

/* Opens a set that is empty yet. False: that fails the run. */
static bool open_sources(struct oat_model *m, struct opened *ret)
{
    *ret = (struct opened){0};
    int result = oat_store_open(m->dir, &ret->store);
    if (result == OAT_OK)
        result = oat_sources_open(ret->store->fd, &ret->sources);
    if (result == OAT_OK)
        result = oat_manifest_read(ret->store->fd, &ret->sources->problems, &ret->manifest);
    if (result != OAT_OK)
        oat_model_fail(m, "the store cannot be opened: %s", oat_result_text(result));
    return result == OAT_OK;
}

static void close_sources(struct opened *opened)
{
    oat_sources_close(opened->sources);
    oat_manifest_clear(&opened->manifest);
    oat_store_close(opened->store);
}

static void check_parts(struct oat_model *m)
{
    const struct oat_contents_visitor visitor = {look_at_text, look_at_payload, m};
    struct opened opened;
    if (open_sources(m, &opened)) {
        int result = OAT_OK;
        for (size_t i = 0; i < opened.manifest.part_count && result == OAT_OK; i++)
            result = oat_sources_add_part(opened.sources, &opened.manifest.parts[i]);
        if (result == OAT_OK)
            result = oat_contents_visit(opened.sources, &visitor);
        if (result != OAT_OK)
            oat_model_fail(m, "the contents of parts cannot be read: %s", oat_result_text(result));
    }
    close_sources(&opened);
}

static int look_at_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    FILE *file = type == FTW_F && !(skips_hot && strstr(path, "/hot/")) ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    size_t size = (size_t)st->st_size;
    char *bytes = malloc(size + 1);
    if (!bytes)
        abort();
    if (holds(model_in_hand, bytes, fread(bytes, 1, size, file)))
        oat_model_fail(model_in_hand, "%s still holds what is forgotten", path);
    free(bytes);
    fclose(file);
    return 0;
}

void oat_model_check_erased(struct oat_model *model, bool hot_may)
{
    bool any = false;
    for (uint32_t i = 0; i < OAT_MODEL_SECRETS; i++)
        any = any || model->secrets[i].forgotten;
    if (!any)
        return;
    check_parts(model);
    model_in_hand = model;
    skips_hot = hot_may;
    nftw(model->dir, look_at_file, OPEN_DIRS, FTW_PHYS);
}

/* ---- What a living writer's files hold ---- */

struct look {
    struct oat_model *model;
    uint32_t number;
    oat_chunks *chunks;
    bool found;
};

static int look_at_entry(void *arg, uint64_t offset, const struct oat_entry *entry)
{
    struct look *look = arg;
    const uint8_t *bytes;
    size_t len;
    if (entry->kind != OAT_ENTRY_RECIPE && oat_chunks_get(look->chunks, offset, &bytes, &len) == OAT_OK)
        look->found =
            look->found || has_word(look->model, look->number, bytes, len) || holds(look->model, bytes, len);
    return OAT_OK;
}

static bool pair_holds(struct oat_model *m, uint32_t number, const struct oat_pair *pair,
                       struct oat_problems *problems)
{
    struct oat_blob_source source = oat_blob_source_of(pair);
    struct look look = {.model = m, .number = number, .chunks = oat_chunks_new(&source)};
    if (!look.chunks)
        abort();
    oat_blobs_walk(pair, look.chunks, source.len, problems, look_at_entry, &look);
    oat_chunks_free(look.chunks);
    return look.found;
}

size_t oat_model_list_holding(struct oat_model *model, uint32_t number, char (**ret_paths)[OAT_RUN_PATH_SIZE])
{
    struct opened opened;
    size_t count = 0;
    *ret_paths = NULL;
    if (open_sources(model, &opened) && oat_sources_add_new(opened.sources, &opened.manifest) == OAT_OK) {
        *ret_paths = calloc(opened.sources->pair_count + 1, sizeof **ret_paths);
        for (size_t i = 0; i < opened.sources->pair_count && *ret_paths; i++) {
            const struct oat_pair *pair = opened.sources->pairs[i];
            if (pair->usable && pair->has_blobs && pair_holds(model, number, pair, &opened.sources->problems))
                snprintf((*ret_paths)[count++], sizeof **ret_paths, "%s", pair->spans_path);
        }
    }
    close_sources(&opened);
    return count;
}
