#include "pricing/price_table.h"

#include "format/day.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int oat_price_compare(const void *a, const void *b)
{
    const struct oat_price *x = a, *y = b;
    int order = strcmp(x->model, y->model);
    if (order == 0)
        order = compare_numbers(x->provider, y->provider);
    if (order == 0)
        order = compare_numbers(x->from_day, y->from_day);
    return order ? order : compare_numbers(x->above, y->above);
}

int oat_price_name_compare(const void *a, const void *b)
{
    return strcmp(((const struct oat_price_name *)a)->name, ((const struct oat_price_name *)b)->name);
}

/* As strcmp, of text that does not end in a NUL, and may have some. */
static int compare_text(const char *text, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    int order = memcmp(text, name, len < name_len ? len : name_len);
    return order ? order : compare_numbers(len, name_len);
}

struct oat_price_list oat_price_table_find(const struct oat_price_table *table, const char *model, size_t len,
                                           uint64_t providers)
{
    size_t first = 0, end = table->row_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare_text(model, len, table->rows[middle].model) > 0)
            first = middle + 1;
        else
            end = middle;
    }
    for (; first < table->row_count && compare_text(model, len, table->rows[first].model) == 0; first++) {
        const struct oat_price *rows = &table->rows[first];
        if (!(providers >> rows->provider & 1))
            continue;
        size_t count = 1;
        while (first + count < table->row_count && rows[count].provider == rows->provider &&
               strcmp(rows[count].model, rows->model) == 0)
            count++;
        return (struct oat_price_list){table, rows, count};
    }
    return (struct oat_price_list){0};
}

int oat_price_provider_of(const struct oat_price_table *table, const char *name, size_t len)
{
    size_t first = 0, end = table->name_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = compare_text(name, len, table->names[middle].name);
        if (order == 0)
            return table->names[middle].provider;
        if (order > 0)
            first = middle + 1;
        else
            end = middle;
    }
    return -1;
}

const struct oat_price *oat_price_list_at(const struct oat_price_list *list, uint64_t start_ns,
                                          uint64_t input_tokens, uint8_t *ret_tier)
{
    uint32_t day = oat_day_of(start_ns);
    const struct oat_price *found = NULL;
    uint8_t tier = 0;
    for (size_t i = 0; i < list->count && list->rows[i].from_day <= day; i++) {
        const struct oat_price *row = &list->rows[i];
        if (!found || row->from_day != found->from_day)
            tier = 0;
        else if (input_tokens > row->above)
            tier++;
        if (row->above == 0 || input_tokens > row->above)
            found = row;
    }
    if (found)
        *ret_tier = tier;
    return found;
}

void oat_price_table_free(struct oat_price_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < sizeof table->owned / sizeof *table->owned; i++)
        free(table->owned[i]);
    free(table);
}
