#include "store_maker.h"

#include "format/host_id.h"
#include "format/identity.h"
#include "format/ids.h"
#include "tests/support/run_dir.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void oat_maker_open(struct oat_maker *maker)
{
    char dir[OAT_RUN_PATH_SIZE];
    oat_run_dir_make(dir);
    assert_true(strlen(dir) < sizeof maker->dir);
    oat_maker_open_in(maker, dir);
}

void oat_maker_open_in(struct oat_maker *maker, const char *dir)
{
    char path[160];
    memset(maker, 0, sizeof *maker);
    snprintf(maker->dir, sizeof maker->dir, "%s", dir);
    memset(maker->store_id, 0x5a, sizeof maker->store_id);
    maker->hash_seed = 0x1234567890abcdef;

    struct oat_disk_store store = {
        .major = oat_le16_of(OAT_FORMAT_MAJOR),
        .major_min = oat_le16_of(OAT_FORMAT_MAJOR),
        .major_max = oat_le16_of(OAT_FORMAT_MAJOR),
        .hash_seed = oat_le64_of(maker->hash_seed),
        .created_ns = oat_le64_of(OAT_MAKER_MS(0)),
    };
    memcpy(store.magic, OAT_MAGIC_STORE, sizeof store.magic);
    memcpy(store.store_id, maker->store_id, sizeof store.store_id);
    oat_store_file_seal(&store);
    snprintf(path, sizeof path, "%s/STORE", maker->dir);
    write_file(path, &store, sizeof store);
    snprintf(path, sizeof path, "%s/hot", maker->dir);
    assert_int_equal(mkdir(path, 0700), 0);
}

void oat_maker_remove(struct oat_maker *maker)
{
    oat_run_dir_remove(maker->dir);
}

const char *oat_maker_path(const struct oat_maker *maker, uint8_t writer, uint32_t seq, const char *suffix)
{
    static char path[256];
    uint8_t id[16];
    char hex[33];
    memset(id, writer, sizeof id);
    oat_hex_print(id, sizeof id, hex);
    if (strcmp(suffix, "live") == 0)
        snprintf(path, sizeof path, "%s/hot/%s.live", maker->dir, hex);
    else
        snprintf(path, sizeof path, "%s/hot/%s-%08" PRIx32 ".%s", maker->dir, hex, seq, suffix);
    return path;
}

static size_t read_text(const char *path, char text[OAT_HOST_ID_MAX])
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    size_t len = fread(text, 1, OAT_HOST_ID_MAX, file);
    fclose(file);
    return len;
}

static void describe_host(uint8_t ret_machine_id[16], uint8_t ret_boot_id[16])
{
    char text[OAT_HOST_ID_MAX], hostname[256] = "";
    gethostname(hostname, sizeof hostname - 1);
    oat_machine_id_of(text, read_text(OAT_MACHINE_ID_PATH, text), hostname, ret_machine_id);
    oat_boot_id_of(text, read_text(OAT_BOOT_ID_PATH, text), ret_boot_id);
}

void oat_maker_pair_begin(struct oat_maker_pair *pair, struct oat_maker *maker, uint8_t writer, uint32_t seq)
{
    memset(pair, 0, sizeof *pair);
    pair->maker = maker;
    pair->flags = OAT_PAIR_FLAG_CARRIED;
    struct oat_disk_pair_header *h = &pair->header;
    memcpy(h->magic, OAT_MAGIC_SPANS, sizeof h->magic);
    h->major = oat_le16_of(OAT_FORMAT_MAJOR);
    h->header_size = oat_le32_of(OAT_SPANS_HEADER_SIZE);
    memset(h->writer_id, writer, sizeof h->writer_id);
    memcpy(h->store_id, maker->store_id, sizeof h->store_id);
    h->hash_seed = oat_le64_of(maker->hash_seed);
    h->nonce = oat_le64_of(OAT_POSITION_PRIME * (writer * 1000u + seq + 1));
    h->seq = oat_le32_of(seq);
    h->slot_size = oat_le32_of(OAT_SLOT_SIZE);
    describe_host(h->machine_id, h->boot_id);
    h->created_ns = oat_le64_of(OAT_MAKER_MS(0));
    h->pid = oat_le32_of(4242);
    h->mode = OAT_PAIR_MAPPED;

    pair->blobs_len = OAT_BLOBS_HEADER_SIZE;
    pair->blobs = calloc(1, pair->blobs_len);
    assert_non_null(pair->blobs);
}

static uint8_t *next_slot(struct oat_maker_pair *pair)
{
    if (pair->slot_count == pair->slot_capacity) {
        pair->slot_capacity = pair->slot_capacity ? 2 * pair->slot_capacity : 64;
        pair->slots = realloc(pair->slots, (size_t)pair->slot_capacity * OAT_SLOT_SIZE);
        assert_non_null(pair->slots);
    }
    return pair->slots + (size_t)pair->slot_count++ * OAT_SLOT_SIZE;
}

uint32_t oat_maker_put(struct oat_maker_pair *pair, enum oat_slot_kind kind, const void *slot)
{
    uint8_t *place = next_slot(pair);
    memcpy(place, slot, OAT_SLOT_SIZE);
    uint64_t word = oat_slot_commit_word(place, kind, oat_le64_get(pair->header.nonce), pair->slot_count - 1);
    oat_le64 commit = oat_le64_of(word);
    memcpy(place, &commit, sizeof commit);
    return pair->slot_count - 1;
}

uint32_t oat_maker_hole(struct oat_maker_pair *pair)
{
    memset(next_slot(pair), 0, OAT_SLOT_SIZE);
    return pair->slot_count - 1;
}

oat_string_ref oat_maker_string(struct oat_maker_pair *pair, const char *text)
{
    struct oat_disk_string slot = {.len_bytes = oat_le32_of((uint32_t)strlen(text))};
    oat_content_id id = oat_content_id_of(text, strlen(text), pair->maker->hash_seed);
    memcpy(&slot.hash, id.b, sizeof slot.hash);
    if (strlen(text) <= OAT_STRING_INLINE_MAX) {
        memcpy(slot.u.text, text, strlen(text));
    } else {
        slot.in_blob = 1;
        slot.u.blob = oat_maker_blob(pair, text, strlen(text), 1);
    }
    return oat_le32_of(oat_maker_put(pair, OAT_SLOT_STRING, &slot) + 1);
}

/* Appends an entry; sets its id and where it is. */
static uint64_t put_entry(struct oat_maker_pair *pair, struct oat_entry *entry, const void *stored,
                          const void *raw)
{
    oat_content_id id = oat_content_id_of(raw, (size_t)entry->raw_len, pair->maker->hash_seed);
    uint64_t offset = pair->blobs_len;
    size_t stored_len = (size_t)entry->stored_len;

    memcpy(entry->id8, id.b, sizeof entry->id8);
    size_t room = OAT_ENTRY_HEADER_MAX + stored_len + OAT_BLOB_UNIT;
    pair->blobs = realloc(pair->blobs, pair->blobs_len + room);
    assert_non_null(pair->blobs);
    memset(pair->blobs + offset, 0, room);
    size_t header_len =
        oat_entry_encode(pair->blobs + offset, entry, stored, oat_le64_get(pair->header.nonce), offset);
    memcpy(pair->blobs + offset + header_len, stored, stored_len);
    pair->blobs_len += oat_entry_size(entry);
    return offset;
}

struct oat_disk_blob_ref oat_maker_blob(struct oat_maker_pair *pair, const void *bytes, size_t len,
                                        uint8_t media)
{
    struct oat_entry entry = {.kind = OAT_ENTRY_RAW, .raw_len = len, .stored_len = len};
    uint64_t offset = put_entry(pair, &entry, bytes, bytes);
    return oat_blob_ref_make(offset, entry.id8, len, media, 0);
}

struct oat_disk_blob_ref oat_maker_recipe(struct oat_maker_pair *pair, const void *ops, size_t ops_len,
                                          const void *bytes, size_t len)
{
    struct oat_entry entry = {.kind = OAT_ENTRY_RECIPE, .raw_len = len, .stored_len = ops_len};
    uint64_t offset = put_entry(pair, &entry, ops, bytes);
    return oat_blob_ref_make(offset, entry.id8, len, 0, OAT_REF_RECIPE);
}

static void fill_lines(const struct oat_maker_pair *pair, uint8_t *page)
{
    uint64_t nonce = oat_le64_get(pair->header.nonce);
    oat_le64 claimed = oat_le64_of(pair->claimed ? pair->claimed : pair->slot_count);
    oat_le64 flags = oat_le64_of(pair->flags);
    memcpy(page + OAT_SPANS_CLAIMED_OFFSET, &claimed, sizeof claimed);
    memcpy(page + OAT_SPANS_FLAGS_OFFSET, &flags, sizeof flags);
    if (oat_le64_get(pair->durable.flush_seq) > 0) {
        struct oat_disk_durable durable = pair->durable;
        oat_durable_seal(&durable, nonce);
        memcpy(page + OAT_SPANS_DURABLE_OFFSET, &durable, sizeof durable);
    }
    if (pair->sealed) {
        struct oat_disk_seal seal = {
            .slots = oat_le64_of(pair->sealed_slots ? pair->sealed_slots : pair->slot_count),
            .blob_bytes = oat_le64_of(pair->blobs_len),
            .sealed_ns = oat_le64_of(OAT_MAKER_MS(1000000)),
        };
        oat_seal_seal(&seal, nonce);
        memcpy(page + OAT_SPANS_SEAL_OFFSET, &seal, sizeof seal);
    }
}

void oat_maker_pair_write(struct oat_maker_pair *pair)
{
    uint8_t writer = pair->header.writer_id[0];
    uint32_t seq = oat_le32_get(pair->header.seq);
    size_t slots_len = (size_t)pair->slot_count * OAT_SLOT_SIZE;
    size_t len = OAT_SPANS_HEADER_SIZE + slots_len + (size_t)pair->spare_slots * OAT_SLOT_SIZE;
    uint8_t *spans = calloc(1, len);
    assert_non_null(spans);

    struct oat_disk_pair_header blobs_header = pair->header;
    memcpy(blobs_header.magic, OAT_MAGIC_BLOBS, sizeof blobs_header.magic);
    blobs_header.header_size = oat_le32_of(OAT_BLOBS_HEADER_SIZE);
    blobs_header.slot_size = oat_le32_of(0);
    oat_pair_header_seal(&blobs_header);
    memcpy(pair->blobs, &blobs_header, sizeof blobs_header);
    write_file(oat_maker_path(pair->maker, writer, seq, "blobs"), pair->blobs, pair->blobs_len);

    oat_pair_header_seal(&pair->header);
    memcpy(spans, &pair->header, sizeof pair->header);
    fill_lines(pair, spans);
    if (slots_len > 0)
        memcpy(spans + OAT_SPANS_HEADER_SIZE, pair->slots, slots_len);
    write_file(oat_maker_path(pair->maker, writer, seq, "spans"), spans, len);
    free(spans);
    free(pair->slots);
    free(pair->blobs);
    pair->slots = pair->blobs = NULL;
}

static void number_id(uint8_t *id, size_t len, uint32_t n)
{
    memset(id, 0, len);
    for (size_t i = 0; i < 4; i++)
        id[len - 1 - i] = (uint8_t)(n >> (8 * i));
}

void oat_maker_trace_id(uint8_t id[16], uint32_t n)
{
    number_id(id, 16, n);
}

void oat_maker_span_id(uint8_t id[8], uint32_t n)
{
    number_id(id, 8, n);
}

struct oat_disk_span oat_maker_span(struct oat_maker_pair *pair, uint32_t trace, uint32_t span,
                                    uint32_t parent, const char *name, uint64_t start_ms, uint64_t end_ms)
{
    struct oat_disk_span s = {
        .start_ns = oat_le64_of(OAT_MAKER_MS(start_ms)),
        .duration_ns = oat_le64_of((end_ms - start_ms) * 1000000),
        .type = parent ? OAT_TOOL : OAT_AGENT,
        .status = OAT_STATUS_SUCCESS,
    };
    oat_maker_trace_id(s.trace_id, trace);
    oat_maker_span_id(s.span_id, span);
    oat_maker_span_id(s.parent_id, parent);
    s.text[OAT_TEXT_NAME] = oat_maker_string(pair, name);
    return s;
}

int oat_maker_live(struct oat_maker *maker, uint8_t writer)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct oat_disk_live live = {.major = oat_le16_of(OAT_FORMAT_MAJOR)};
    memcpy(live.magic, OAT_MAGIC_LIVE, sizeof live.magic);
    memset(live.writer_id, writer, sizeof live.writer_id);
    describe_host(live.machine_id, live.boot_id);
    oat_live_file_seal(&live);
    int fd = open(oat_maker_path(maker, writer, 0, "live"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &live, sizeof live), sizeof live);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    return fd;
}
