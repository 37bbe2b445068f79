#include "compactor/manifest_write.h"

#include "compactor/table_writer.h"

/* The columns of every table of MANIFEST are 1, 2, 3 ... */
static const uint16_t columns[OAT_PART_COLUMNS] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                   12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22};

static void part_numbers(const struct oat_manifest *manifest, size_t row, uint64_t *ret)
{
    oat_manifest_part_to_numbers(&manifest->parts[row], ret);
}

static void catalog_numbers(const struct oat_manifest *manifest, size_t row, uint64_t *ret)
{
    (void)row;
    ret[OAT_COL_CATALOG_GENERATION - 1] = manifest->catalog_generation;
    ret[OAT_COL_CATALOG_BYTES - 1] = manifest->catalog_bytes;
    ret[OAT_COL_CATALOG_NONCE - 1] = manifest->catalog_nonce;
}

static void consumed_numbers(const struct oat_manifest *manifest, size_t row, uint64_t *ret)
{
    const struct oat_manifest_pair *pair = &manifest->consumed[row];
    ret[OAT_COL_CONSUMED_WRITER_FIRST - 1] = oat_le64_load(pair->writer_id);
    ret[OAT_COL_CONSUMED_WRITER_SECOND - 1] = oat_le64_load(pair->writer_id + 8);
    ret[OAT_COL_CONSUMED_SEQ - 1] = pair->seq;
}

static void retired_numbers(const struct oat_manifest *manifest, size_t row, uint64_t *ret)
{
    ret[OAT_COL_RETIRED_DAY - 1] = manifest->retired[row].day;
    ret[OAT_COL_RETIRED_GENERATION - 1] = manifest->retired[row].generation;
}

typedef void (*numbers_fn)(const struct oat_manifest *manifest, size_t row, uint64_t *ret);

static int write_table(struct oat_section_writer *file, const struct oat_manifest *manifest,
                       enum oat_table_id table, unsigned column_count, size_t rows, numbers_fn numbers_of)
{
    struct oat_table_writer writer;
    uint64_t numbers[OAT_PART_COLUMNS];
    int result = oat_table_writer_open(&writer, file, table, columns, column_count);
    if (result != OAT_OK)
        return result;
    for (size_t row = 0; row < rows && result == OAT_OK; row++) {
        numbers_of(manifest, row, numbers);
        for (unsigned c = 0; c < column_count; c++)
            oat_table_writer_set(&writer, columns[c], numbers[c]);
        result = oat_table_writer_next(&writer);
    }
    if (result == OAT_OK)
        result = oat_table_writer_finish(&writer);
    oat_table_writer_close(&writer);
    return result;
}

static int write_tables(struct oat_section_writer *file, const struct oat_manifest *m)
{
    int result = write_table(file, m, OAT_TABLE_PARTS, OAT_PART_COLUMNS, m->part_count, part_numbers);
    if (result == OAT_OK)
        result = write_table(file, m, OAT_TABLE_CATALOGS, 3, m->catalog_generation > 0, catalog_numbers);
    if (result == OAT_OK)
        result = write_table(file, m, OAT_TABLE_CONSUMED, 3, m->consumed_count, consumed_numbers);
    if (result == OAT_OK)
        result = write_table(file, m, OAT_TABLE_RETIRED, 2, m->retired_count, retired_numbers);
    return result;
}

int oat_manifest_write(int store_fd, const struct oat_disk_store *store, const struct oat_manifest *manifest,
                       uint64_t now_ns)
{
    struct oat_section_writer writer;
    struct oat_section_file file = {.magic = OAT_MAGIC_MANIFEST,
                                    .day = OAT_NO_DAY,
                                    .generation = manifest->generation,
                                    .created_ns = now_ns,
                                    .store = store};
    uint64_t len;
    int result = oat_section_writer_open(&writer, store_fd, OAT_MANIFEST_NAME, &file);
    if (result != OAT_OK)
        return result;
    result = write_tables(&writer, manifest);
    if (result == OAT_OK)
        result = oat_section_writer_finish(&writer, &len);
    oat_section_writer_close(&writer);
    return result;
}
