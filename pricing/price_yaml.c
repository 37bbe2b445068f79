#include "pricing/price_yaml.h"

#include "format/day.h"
#include "oat/oat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define RATE_DECIMALS   9 /* of USD per million tokens: femto-dollars a token */
#define FACTOR_DECIMALS 6
#define FACTOR_MAX      (10 * OAT_PRICE_FACTOR_ONE)
#define NAMES_MAX       4096u

struct reader {
    yaml_document_t doc;
    struct oat_price *rows;
    size_t row_count, row_room;
    struct oat_price_provider *providers;
    size_t provider_count;
    struct oat_price_name *names;
    size_t name_count;
    char *text; /* of all names; never moves */
    size_t text_len, text_room;
    const char *version;
    struct oat_price_problem *problem;
    int result;
};

/* What holds for a provider's models. */
struct defaults {
    uint16_t provider;
    uint32_t batch;
    uint32_t cache_write_1h; /* factor of the input price, in millionths; 0 = none */
};

static const char *const rate_keys[OAT_PRICE_CLASSES] = {
    [OAT_PRICE_INPUT] = "input",
    [OAT_PRICE_CACHED_INPUT] = "cached_input",
    [OAT_PRICE_CACHE_WRITE] = "cache_write",
    [OAT_PRICE_CACHE_WRITE_1H] = "cache_write_1h",
    [OAT_PRICE_AUDIO_INPUT] = "audio_input",
    [OAT_PRICE_OUTPUT] = "output",
    [OAT_PRICE_REASONING_OUTPUT] = "reasoning_output",
    [OAT_PRICE_AUDIO_OUTPUT] = "audio_output",
};

/* ---- Problems ---- */

static bool fail_at(struct reader *r, size_t line, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool fail_at(struct reader *r, size_t line, size_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->result = OAT_E_INVALID;
    r->problem->line = line;
    r->problem->column = column;
    vsnprintf(r->problem->message, sizeof r->problem->message, format, args);
    va_end(args);
    return false;
}

#define FAIL(r, node, ...) fail_at(r, (node)->start_mark.line + 1, (node)->start_mark.column + 1, __VA_ARGS__)

static bool give_up(struct reader *r, int result)
{
    r->result = result;
    return false;
}

/* ---- Nodes ---- */

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static size_t len_of(const yaml_node_t *node)
{
    return node->data.scalar.length;
}

static bool is(const yaml_node_t *node, const char *text)
{
    return len_of(node) == strlen(text) && memcmp(text_of(node), text, len_of(node)) == 0;
}

static bool expect(struct reader *r, const yaml_node_t *node, yaml_node_type_t type, const char *what)
{
    return node->type == type || FAIL(r, node, "expected %s", what);
}

/* The next key and value of a mapping; false at its end or at a key that is not a word. */
static bool next_pair(struct reader *r, const yaml_node_t *map, size_t *at, yaml_node_t **ret_key,
                      yaml_node_t **ret_value)
{
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start + *at;
    if (pair >= map->data.mapping.pairs.top)
        return false;
    *ret_key = yaml_document_get_node(&r->doc, pair->key);
    *ret_value = yaml_document_get_node(&r->doc, pair->value);
    ++*at;
    return expect(r, *ret_key, YAML_SCALAR_NODE, "a name");
}

static yaml_node_t *next_item(struct reader *r, const yaml_node_t *list, size_t *at)
{
    const yaml_node_item_t *item = list->data.sequence.items.start + *at;
    if (item >= list->data.sequence.items.top)
        return NULL;
    ++*at;
    return yaml_document_get_node(&r->doc, *item);
}

/* Keeps a name, in lower case; NULL: a problem was reported. */
static const char *keep(struct reader *r, const yaml_node_t *node)
{
    if (!expect(r, node, YAML_SCALAR_NODE, "a name"))
        return NULL;
    size_t len = len_of(node);
    if (len == 0 || len > OAT_MODEL_NAME_LONGEST || memchr(text_of(node), '\0', len)) {
        FAIL(r, node, "expected a name of 1 to %u bytes", OAT_MODEL_NAME_LONGEST);
        return NULL;
    }
    if (r->text_room - r->text_len <= len) { /* only aliases repeat that much */
        give_up(r, OAT_E_LIMIT);
        return NULL;
    }
    char *kept = r->text + r->text_len;
    for (size_t i = 0; i < len; i++) {
        char c = text_of(node)[i];
        kept[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    kept[len] = '\0';
    r->text_len += len + 1;
    return kept;
}

/* ---- Numbers ---- */

/* Reads digits and up to so many decimals, as a whole number of the last one. */
static bool read_decimal(struct reader *r, const yaml_node_t *node, int decimals, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    bool digits = false, point = false, good = node->type == YAML_SCALAR_NODE;
    for (size_t i = 0; good && i < len_of(node); i++) {
        char c = text_of(node)[i];
        if (c == '.') {
            good = !point;
            point = true;
        } else {
            good = c >= '0' && c <= '9' && (!point || decimals-- > 0) && value <= max;
            value = value * 10 + (uint64_t)(c - '0');
            digits = true;
        }
    }
    for (; good && decimals > 0 && value <= max; decimals--)
        value *= 10;
    if (!good || !digits || value > max)
        return FAIL(r, node, "expected a number that is not negative, not too large and not too long");
    *ret = value;
    return true;
}

static bool read_factor(struct reader *r, const yaml_node_t *node, uint32_t *ret)
{
    uint64_t value;
    if (!read_decimal(r, node, FACTOR_DECIMALS, FACTOR_MAX, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

/* ---- Rows ---- */

static bool read_rate(struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
                      struct oat_price *row)
{
    for (int i = 0; i < OAT_PRICE_CLASSES; i++)
        if (is(key, rate_keys[i])) {
            uint64_t rate;
            if (row->rate[i] >= 0)
                return FAIL(r, key, "%s is given twice", rate_keys[i]);
            if (!read_decimal(r, value, RATE_DECIMALS, OAT_PRICE_MAX, &rate))
                return false;
            row->rate[i] = (int64_t)rate;
            return true;
        }
    return FAIL(r, key,
                "expected from, above, batch, input, cached_input, cache_write, cache_write_1h, audio_input, "
                "output, reasoning_output or audio_output");
}

static bool read_day(struct reader *r, const yaml_node_t *node, uint32_t *ret)
{
    if (node->type != YAML_SCALAR_NODE || !oat_day_parse(text_of(node), len_of(node), ret))
        return FAIL(r, node, "expected a day like 2026-01-31");
    return true;
}

static bool add_row(struct reader *r, const struct oat_price *row)
{
    if (r->row_count >= OAT_PRICE_ROWS_MAX)
        return give_up(r, OAT_E_LIMIT);
    if (r->row_count == r->row_room) {
        size_t room = r->row_room ? 2 * r->row_room : 256;
        struct oat_price *rows = realloc(r->rows, room * sizeof *rows);
        if (!rows)
            return give_up(r, OAT_E_NOMEM);
        r->rows = rows;
        r->row_room = room;
    }
    r->rows[r->row_count++] = *row;
    return true;
}

static bool read_row(struct reader *r, const struct defaults *defaults, const char *model,
                     const yaml_node_t *map)
{
    struct oat_price row = {
        .model = model,
        .provider = defaults->provider,
        .batch = defaults->batch,
        .line = (uint32_t)map->start_mark.line + 1,
    };
    yaml_node_t *key, *value;
    size_t at = 0;
    uint64_t above;
    if (!expect(r, map, YAML_MAPPING_NODE, "prices like {input: 2.5, output: 10}"))
        return false;
    for (int i = 0; i < OAT_PRICE_CLASSES; i++)
        row.rate[i] = -1;
    while (next_pair(r, map, &at, &key, &value)) {
        bool good;
        if (is(key, "from")) {
            good = read_day(r, value, &row.from_day);
        } else if (is(key, "above")) {
            good = read_decimal(r, value, 0, UINT32_MAX, &above);
            row.above = good ? (uint32_t)above : 0;
        } else if (is(key, "batch")) {
            good = read_factor(r, value, &row.batch);
        } else {
            good = read_rate(r, key, value, &row);
        }
        if (!good)
            return false;
    }
    if (r->result != OAT_OK)
        return false;
    if (row.rate[OAT_PRICE_INPUT] < 0)
        return FAIL(r, map, "expected input among the prices");
    if (row.rate[OAT_PRICE_CACHE_WRITE_1H] < 0 && row.rate[OAT_PRICE_CACHE_WRITE] >= 0 &&
        defaults->cache_write_1h)
        row.rate[OAT_PRICE_CACHE_WRITE_1H] =
            oat_price_times(row.rate[OAT_PRICE_INPUT], defaults->cache_write_1h);
    return add_row(r, &row);
}

static bool read_models(struct reader *r, const struct defaults *defaults, const yaml_node_t *map)
{
    yaml_node_t *key, *value, *item;
    size_t at = 0;
    if (!expect(r, map, YAML_MAPPING_NODE, "models and their prices"))
        return false;
    while (next_pair(r, map, &at, &key, &value)) {
        const char *model = keep(r, key);
        size_t k = 0;
        if (!model)
            return false;
        if (value->type != YAML_SEQUENCE_NODE) {
            if (!read_row(r, defaults, model, value))
                return false;
            continue;
        }
        while ((item = next_item(r, value, &k)))
            if (!read_row(r, defaults, model, item))
                return false;
    }
    return r->result == OAT_OK;
}

/* ---- Providers ---- */

static bool add_name(struct reader *r, const yaml_node_t *node, uint16_t provider)
{
    const char *name = keep(r, node);
    if (!name)
        return false;
    for (size_t i = 0; i < r->name_count; i++)
        if (strcmp(r->names[i].name, name) == 0)
            return FAIL(r, node, "%s is a provider's name already", name);
    if (r->name_count == NAMES_MAX)
        return FAIL(r, node, "expected at most %u names of providers", NAMES_MAX);
    r->names[r->name_count++] = (struct oat_price_name){name, provider};
    return true;
}

/* All names first: one provider's list may refer to others behind it. */
static bool read_names(struct reader *r, const yaml_node_t *providers)
{
    yaml_node_t *key, *value, *item, *inner_key, *inner;
    size_t at = 0;
    while (next_pair(r, providers, &at, &key, &value)) {
        size_t k = 0;
        if (r->provider_count == OAT_PRICE_PROVIDERS)
            return FAIL(r, key, "expected at most %u providers", OAT_PRICE_PROVIDERS);
        uint16_t provider = (uint16_t)r->provider_count++;
        if (!expect(r, value, YAML_MAPPING_NODE, "names, also, batch, cache_write_1h, models") ||
            !add_name(r, key, provider))
            return false;
        r->providers[provider].name = r->names[r->name_count - 1].name;
        while (next_pair(r, value, &k, &inner_key, &inner)) {
            size_t n = 0;
            if (!is(inner_key, "names"))
                continue;
            if (!expect(r, inner, YAML_SEQUENCE_NODE, "a list of names"))
                return false;
            while ((item = next_item(r, inner, &n)))
                if (!add_name(r, item, provider))
                    return false;
        }
    }
    return r->result == OAT_OK;
}

static bool read_also(struct reader *r, const yaml_node_t *list, uint64_t *ret)
{
    yaml_node_t *item;
    size_t at = 0;
    if (!expect(r, list, YAML_SEQUENCE_NODE, "a list of providers"))
        return false;
    while ((item = next_item(r, list, &at))) {
        size_t i = 0;
        while (i < r->provider_count && !(item->type == YAML_SCALAR_NODE && is(item, r->providers[i].name)))
            i++;
        if (i == r->provider_count)
            return FAIL(r, item, "expected a provider of this file");
        *ret |= UINT64_C(1) << i;
    }
    return true;
}

static bool read_provider(struct reader *r, uint16_t provider, const yaml_node_t *map)
{
    struct defaults defaults = {.provider = provider};
    const yaml_node_t *models = NULL;
    yaml_node_t *key, *value;
    size_t at = 0;
    while (next_pair(r, map, &at, &key, &value)) {
        bool good = true;
        if (is(key, "models")) {
            models = value;
        } else if (is(key, "batch")) {
            good = read_factor(r, value, &defaults.batch);
        } else if (is(key, "cache_write_1h")) {
            good = read_factor(r, value, &defaults.cache_write_1h);
        } else if (is(key, "also")) {
            good = read_also(r, value, &r->providers[provider].also);
        } else if (!is(key, "names")) {
            good = FAIL(r, key, "expected names, also, batch, cache_write_1h or models");
        }
        if (!good)
            return false;
    }
    return r->result == OAT_OK && (!models || read_models(r, &defaults, models));
}

/* ---- The file ---- */

static bool read_providers(struct reader *r, const yaml_node_t *map)
{
    yaml_node_t *key, *value;
    size_t at = 0;
    if (!expect(r, map, YAML_MAPPING_NODE, "providers") || !read_names(r, map))
        return false;
    for (uint16_t provider = 0; next_pair(r, map, &at, &key, &value); provider++)
        if (!read_provider(r, provider, value))
            return false;
    return r->result == OAT_OK;
}

static bool read_file(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(&r->doc), *providers = NULL;
    yaml_node_t *key, *value;
    size_t at = 0;
    uint32_t day;
    if (!root)
        return fail_at(r, 1, 1, "expected version and providers, found nothing");
    if (!expect(r, root, YAML_MAPPING_NODE, "version and providers"))
        return false;
    while (next_pair(r, root, &at, &key, &value)) {
        if (is(key, "providers"))
            providers = value;
        else if (!is(key, "version"))
            return FAIL(r, key, "expected version or providers");
        else if (!read_day(r, value, &day) || !(r->version = keep(r, value)))
            return false;
    }
    if (r->result != OAT_OK)
        return false;
    if (!r->version || !providers)
        return FAIL(r, root, "expected version and providers");
    return read_providers(r, providers);
}

/* Each line of prices once, and in each day's group one that holds for small inputs too. */
static bool check_rows(struct reader *r)
{
    for (size_t i = 0; i < r->row_count; i++) {
        const struct oat_price *row = &r->rows[i], *before = i > 0 ? row - 1 : NULL;
        bool same = before && before->provider == row->provider && strcmp(before->model, row->model) == 0;
        if (same && before->from_day == row->from_day && before->above == row->above)
            return fail_at(r, row->line > before->line ? row->line : before->line, 1, "%s is given twice",
                           row->model);
        if (row->above > 0 && !(same && before->from_day == row->from_day))
            return fail_at(r, row->line, 1, "expected a line of %s without above from the same day",
                           row->model);
    }
    return true;
}

/* What the reader has become a table's. */
static int hand_over(struct reader *r, struct oat_price_table **ret_table)
{
    struct oat_price_table *table = malloc(sizeof *table);
    if (!table)
        return OAT_E_NOMEM;
    *table = (struct oat_price_table){
        .version = r->version,
        .rows = r->rows,
        .row_count = r->row_count,
        .providers = r->providers,
        .provider_count = r->provider_count,
        .names = r->names,
        .name_count = r->name_count,
        .owned = {r->rows, r->providers, r->names, r->text},
    };
    *ret_table = table;
    return OAT_OK;
}

static int read_document(struct reader *r, struct oat_price_table **ret_table)
{
    r->providers = calloc(OAT_PRICE_PROVIDERS, sizeof *r->providers);
    r->names = calloc(NAMES_MAX, sizeof *r->names);
    r->text = malloc(r->text_room);
    int result = OAT_E_NOMEM;
    if (r->providers && r->names && r->text) {
        result = read_file(r) ? OAT_OK : r->result;
        if (r->row_count)
            qsort(r->rows, r->row_count, sizeof *r->rows, oat_price_compare);
        qsort(r->names, r->name_count, sizeof *r->names, oat_price_name_compare);
        if (result == OAT_OK)
            result = check_rows(r) ? hand_over(r, ret_table) : r->result;
    }
    if (result != OAT_OK) {
        free(r->rows);
        free(r->providers);
        free(r->names);
        free(r->text);
    }
    return result;
}

int oat_price_table_parse(const char *bytes, size_t len, struct oat_price_table **ret_table,
                          struct oat_price_problem *ret_problem)
{
    struct reader reader = {.problem = ret_problem, .text_room = 2 * len + 64};
    yaml_parser_t parser;
    if (len > OAT_PRICE_FILE_MAX)
        return OAT_E_LIMIT;
    if (!yaml_parser_initialize(&parser))
        return OAT_E_NOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
    int result;
    if (yaml_parser_load(&parser, &reader.doc)) {
        result = read_document(&reader, ret_table);
        yaml_document_delete(&reader.doc);
    } else {
        fail_at(&reader, parser.problem_mark.line + 1, parser.problem_mark.column + 1, "%s",
                parser.problem ? parser.problem : "not YAML");
        result = parser.error == YAML_MEMORY_ERROR ? OAT_E_NOMEM : OAT_E_INVALID;
    }
    yaml_parser_delete(&parser);
    return result;
}
