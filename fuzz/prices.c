/* Files of prices out of any bytes: a table in order that finds its own models, or a problem with its place.
 */
#include "fuzz/fuzz.h"

#include "oat/oat.h"
#include "pricing/price_yaml.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oat_price_table *table = NULL;
    struct oat_price_problem problem = {0};
    int result = oat_price_table_parse((const char *)data, size, &table, &problem);
    if (result != OAT_OK) {
        fuzz_require(!table && (result != OAT_E_INVALID || (problem.line > 0 && problem.message[0])));
        return 0;
    }
    for (size_t i = 0; i < table->row_count; i++) {
        const struct oat_price *row = &table->rows[i];
        uint8_t tier;
        fuzz_require(i == 0 || oat_price_compare(row - 1, row) < 0);
        fuzz_require(row->provider < table->provider_count && row->rate[OAT_PRICE_INPUT] >= 0);
        struct oat_price_list list =
            oat_price_table_find(table, row->model, strlen(row->model), UINT64_C(1) << row->provider);
        fuzz_require(list.table && list.rows <= row && row < list.rows + list.count);
        oat_price_list_at(&list, UINT64_MAX, row->above, &tier);
    }
    for (size_t i = 0; i < table->name_count; i++)
        fuzz_require(oat_price_provider_of(table, table->names[i].name, strlen(table->names[i].name)) ==
                     table->names[i].provider);
    oat_price_table_free(table);
    return 0;
}
