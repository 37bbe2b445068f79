#include "reader/image_verify.h"

#include <stdlib.h>

static int verify_table(struct oat_image_table *table)
{
    uint32_t groups = table->table.group_count;
    for (uint32_t group = 0; group < groups; group++)
        for (unsigned column = 1; column < OAT_TABLE_COLUMNS; column++)
            for (unsigned block = 0; block < OAT_GROUP_BLOCKS; block++) {
                struct oat_block opened;
                uint32_t first = (group * OAT_GROUP_BLOCKS + block) * OAT_BLOCK_ROWS;
                if (first < table->table.rows &&
                    oat_image_block(table, group, column, block, &opened) == OAT_E_NOMEM)
                    return OAT_E_NOMEM;
            }
    return OAT_OK;
}

static int verify_sections(struct oat_image *image)
{
    for (uint32_t i = 0; i < image->sections.count; i++) {
        const struct oat_disk_section *section = &image->sections.directory[i];
        const uint8_t *bytes;
        size_t len;
        void *owned;
        int result = oat_image_section(image, (enum oat_section_kind)oat_le16_get(section->kind),
                                       oat_le16_get(section->table), oat_le16_get(section->column), &bytes,
                                       &len, &owned);
        if (result == OAT_E_NOMEM)
            return result;
        if (result == OAT_OK)
            free(owned);
    }
    return OAT_OK;
}

int oat_image_verify(struct oat_image *image)
{
    int result = verify_sections(image);
    for (uint32_t i = 0; i < image->table_count && result == OAT_OK; i++)
        result = verify_table(&image->tables[i]);
    return result;
}
