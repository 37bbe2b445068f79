#include "compactor/catalog_write.h"

#include "compactor/fs.h"
#include "compactor/table_writer.h"
#include "compactor/text_codes.h"

/* What both tables have. */
struct columns {
    enum oat_table_id table;
    unsigned first, second, id, time, reason;
    uint16_t all[9];
    unsigned count;
};

static const struct columns tombstones = {
    .table = OAT_TABLE_TOMBSTONES,
    .first = OAT_COL_TOMBSTONE_TRACE_FIRST,
    .second = OAT_COL_TOMBSTONE_TRACE_SECOND,
    .id = OAT_COL_TOMBSTONE_ID,
    .time = OAT_COL_TOMBSTONE_TIME,
    .reason = OAT_COL_TOMBSTONE_REASON,
    .all = {1, 2, 3, 4, 5},
    .count = 5,
};

static const struct columns forgotten = {
    .table = OAT_TABLE_FORGOTTEN,
    .first = OAT_COL_FORGOTTEN_ID_FIRST,
    .second = OAT_COL_FORGOTTEN_ID_SECOND,
    .id = OAT_COL_FORGOTTEN_RECORD,
    .time = OAT_COL_FORGOTTEN_TIME,
    .reason = OAT_COL_FORGOTTEN_REASON,
    .all = {1, 2, 3, 4, 5, 6, 7, 8, 9},
    .count = 9,
};

static int write_entry(struct oat_table_writer *writer, const struct columns *c,
                       const struct oat_catalog_entry *entry, struct oat_text_codes *reasons)
{
    uint32_t code = 0;
    int result = entry->reason.bytes
                     ? oat_text_codes_get(reasons, entry->reason.bytes, entry->reason.len, &code)
                     : OAT_OK;
    if (result != OAT_OK)
        return result;
    oat_table_writer_set(writer, c->first, oat_le64_load(entry->of));
    oat_table_writer_set(writer, c->second, oat_le64_load(entry->of + 8));
    oat_table_writer_set(writer, c->id, entry->id);
    oat_table_writer_set(writer, c->time, entry->time_ns);
    oat_table_writer_set(writer, c->reason, code);
    if (c->table == OAT_TABLE_FORGOTTEN) {
        oat_table_writer_set(writer, OAT_COL_FORGOTTEN_RAW_LEN, entry->raw_len);
        oat_table_writer_set(writer, OAT_COL_FORGOTTEN_REDACTION_FIRST, oat_le64_load(entry->redaction_id));
        oat_table_writer_set(writer, OAT_COL_FORGOTTEN_REDACTION_SECOND,
                             oat_le64_load(entry->redaction_id + 8));
        oat_table_writer_set(writer, OAT_COL_FORGOTTEN_ERASED, entry->erased);
    }
    return oat_table_writer_next(writer);
}

static int write_list(struct oat_section_writer *file, const struct columns *c,
                      const struct oat_catalog_list *list)
{
    struct oat_table_writer writer;
    struct oat_text_codes reasons;
    int result = oat_table_writer_open(&writer, file, c->table, c->all, c->count);
    if (result != OAT_OK)
        return result;
    oat_text_codes_init(&reasons);
    for (size_t i = 0; i < list->count && result == OAT_OK; i++)
        result = write_entry(&writer, c, &list->entries[i], &reasons);
    if (result == OAT_OK)
        result = oat_table_writer_finish(&writer);
    if (result == OAT_OK)
        result = oat_text_codes_write(&reasons, file, c->table, c->reason);
    oat_text_codes_clear(&reasons);
    oat_table_writer_close(&writer);
    return result;
}

static int write_file(int dir_fd, const struct oat_section_file *file, const struct oat_catalog *catalog,
                      struct oat_catalog_file *ret)
{
    struct oat_section_writer writer;
    char name[OAT_GENERATION_NAME_SIZE];
    uint64_t len = 0;
    oat_generation_name(file->generation, "part", name);
    int result = oat_section_writer_open(&writer, dir_fd, name, file);
    if (result != OAT_OK)
        return result;
    uint64_t nonce = writer.nonce;
    result = write_list(&writer, &tombstones, &catalog->tombstones);
    if (result == OAT_OK)
        result = write_list(&writer, &forgotten, &catalog->forgotten);
    if (result == OAT_OK)
        result = oat_section_writer_finish(&writer, &len);
    oat_section_writer_close(&writer);
    if (result == OAT_OK)
        *ret = (struct oat_catalog_file){file->generation, len, nonce};
    return result;
}

int oat_catalog_write(int store_fd, const struct oat_disk_store *store, const struct oat_catalog *catalog,
                      uint64_t generation, uint64_t now_ns, struct oat_catalog_file *ret)
{
    struct oat_section_file file = {.magic = OAT_MAGIC_CATALOG,
                                    .day = OAT_NO_DAY,
                                    .generation = generation,
                                    .created_ns = now_ns,
                                    .store = store};
    int dir_fd;
    bool made;
    int result = oat_fs_make_dir(store_fd, OAT_CATALOG_DIR, &dir_fd, &made);
    if (result != OAT_OK)
        return result;
    result = write_file(dir_fd, &file, catalog, ret);
    oat_fs_close(dir_fd);
    return result;
}
