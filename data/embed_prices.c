/* Part of the build: writes the table of data/prices.yaml as C, for the library.
 *
 * Usage: embed_prices FILE >price_data.c */
#include "format/limits.h"
#include "oat/oat.h"
#include "pricing/price_yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_rows(const struct oat_price_table *table)
{
    puts("static const struct oat_price rows[] = {");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct oat_price *row = &table->rows[i];
        printf("    {\"%s\", %u, %u, %u, %u, %u, {", row->model, row->provider, row->from_day, row->above,
               row->batch, row->line);
        for (int k = 0; k < OAT_PRICE_CLASSES; k++)
            printf("%s%" PRId64, k ? ", " : "", row->rate[k]);
        puts("}},");
    }
    puts("};");
}

static void print_providers(const struct oat_price_table *table)
{
    puts("static const struct oat_price_provider providers[] = {");
    for (size_t i = 0; i < table->provider_count; i++)
        printf("    {\"%s\", UINT64_C(%" PRIu64 ")},\n", table->providers[i].name, table->providers[i].also);
    puts("};\nstatic const struct oat_price_name names[] = {");
    for (size_t i = 0; i < table->name_count; i++)
        printf("    {\"%s\", %u},\n", table->names[i].name, table->names[i].provider);
    puts("};");
}

int main(int argc, char **argv)
{
    struct oat_price_table *table;
    struct oat_price_problem problem = {0};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    char *bytes = malloc(OAT_PRICE_FILE_MAX + 1);
    if (!file || !bytes) {
        fprintf(stderr, "embed_prices: expected a file of prices that can be read\n");
        return 2;
    }
    size_t len = fread(bytes, 1, OAT_PRICE_FILE_MAX + 1, file);
    int result = oat_price_table_parse(bytes, len, &table, &problem);
    fclose(file);
    free(bytes);
    if (result != OAT_OK) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", argv[1], problem.line, problem.column,
                problem.message[0] ? problem.message : "too large, or no memory");
        return 1;
    }
    puts("/* Made of data/prices.yaml by data/embed_prices.c. */\n#include \"pricing/price_table.h\"\n");
    print_rows(table);
    print_providers(table);
    printf("const struct oat_price_table oat_price_table_own = {\n"
           "    .version = \"%s\",\n    .rows = rows,\n    .row_count = %zu,\n    .providers = providers,\n"
           "    .provider_count = %zu,\n    .names = names,\n    .name_count = %zu,\n};\n",
           table->version, table->row_count, table->provider_count, table->name_count);
    oat_price_table_free(table);
    return 0;
}
