#include "reader/prompts.h"

#include "format/dictionary.h"
#include "format/limits.h"
#include "format/schema.h"
#include "reader/array.h"

#include <stdlib.h>
#include <string.h>

/* ---- Looking up ---- */

int oat_prompts_compare(oat_text a, oat_text b)
{
    int order = memcmp(a.bytes, b.bytes, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

size_t oat_prompts_find(const struct oat_prompts *prompts, oat_text name, size_t *ret_first)
{
    size_t first = 0, count = 0;
    while (first < prompts->version_count && oat_prompts_compare(prompts->versions[first].name, name) < 0)
        first++;
    while (first + count < prompts->version_count &&
           oat_prompts_compare(prompts->versions[first + count].name, name) == 0)
        count++;
    *ret_first = first;
    return count;
}

struct oat_prompt_label *oat_prompts_find_label(const struct oat_prompts *prompts, size_t first, size_t count,
                                                oat_text label)
{
    for (size_t i = 0; i < prompts->label_count; i++) {
        struct oat_prompt_label *one = &prompts->labels[i];
        if (one->version >= first && one->version - first < count &&
            oat_prompts_compare(one->label, label) == 0)
            return one;
    }
    return NULL;
}

/* ---- Changing ---- */

int oat_prompts_add(struct oat_prompts *prompts, const struct oat_prompt_version *version, size_t *ret_index)
{
    size_t first, count = oat_prompts_find(prompts, version->name, &first), at = first + count;
    if (prompts->version_count == OAT_PROMPTS_ROWS_MAX)
        return OAT_E_LIMIT;
    if (!oat_array_reserve(&prompts->versions, prompts->version_count, &prompts->version_capacity,
                           sizeof *prompts->versions))
        return OAT_E_NOMEM;
    memmove(&prompts->versions[at + 1], &prompts->versions[at],
            (prompts->version_count - at) * sizeof *prompts->versions);
    prompts->versions[at] = *version;
    prompts->versions[at].number = (uint32_t)count + 1;
    prompts->version_count++;
    for (size_t i = 0; i < prompts->label_count; i++)
        prompts->labels[i].version += prompts->labels[i].version >= at;
    *ret_index = at;
    return OAT_OK;
}

int oat_prompts_set_label(struct oat_prompts *prompts, oat_text label, size_t version, uint64_t time_ns)
{
    size_t first, count = oat_prompts_find(prompts, prompts->versions[version].name, &first);
    struct oat_prompt_label *found = oat_prompts_find_label(prompts, first, count, label);
    if (!found) {
        if (prompts->label_count == OAT_PROMPTS_ROWS_MAX)
            return OAT_E_LIMIT;
        if (!oat_array_reserve(&prompts->labels, prompts->label_count, &prompts->label_capacity,
                               sizeof *prompts->labels))
            return OAT_E_NOMEM;
        found = &prompts->labels[prompts->label_count++];
    }
    *found = (struct oat_prompt_label){label, (uint32_t)version, time_ns};
    return OAT_OK;
}

/* ---- Reading ---- */

struct reading {
    struct oat_prompts *prompts;
    struct oat_text_dictionary names, bodies, labels;
};

static const uint16_t version_columns[] = {OAT_COL_PROMPT_NAME, OAT_COL_PROMPT_NUMBER, OAT_COL_PROMPT_TIME,
                                           OAT_COL_PROMPT_WEIGHT, OAT_COL_PROMPT_BODY};
enum { NAME, NUMBER, TIME, WEIGHT, BODY, VERSION_COLUMNS };
static const uint16_t label_columns[] = {OAT_COL_PROMPT_LABEL_ROW, OAT_COL_PROMPT_LABEL_LABEL,
                                         OAT_COL_PROMPT_LABEL_TIME};
enum { ROW, LABEL, LABEL_TIME, LABEL_COLUMNS };

/* A text of 1 .. max bytes; bytes NULL: there is none at that code. */
static oat_text text_of(const struct oat_text_dictionary *texts, uint64_t code, size_t max)
{
    size_t len = 0;
    const uint8_t *bytes = oat_text_dictionary_get(texts, code, &len);
    return len == 0 || len > max ? (oat_text){0} : (oat_text){(const char *)bytes, len};
}

/* The number that the next version of a name has to have. 0: the name would be out of order. */
static uint64_t next_number(const struct oat_prompts *prompts, oat_text name)
{
    if (prompts->version_count == 0)
        return 1;
    const struct oat_prompt_version *last = &prompts->versions[prompts->version_count - 1];
    int order = oat_prompts_compare(last->name, name);
    return order > 0 ? 0 : order < 0 ? 1 : last->number + UINT64_C(1);
}

static int read_version(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct reading *r = arg;
    struct oat_prompts *prompts = r->prompts;
    struct oat_prompt_version version = {
        .name = text_of(&r->names, numbers[NAME], OAT_PROMPT_NAME_MAX),
        .body = text_of(&r->bodies, numbers[BODY], OAT_PROMPT_BODY_MAX),
        .number = (uint32_t)numbers[NUMBER],
        .weight = (uint32_t)numbers[WEIGHT],
        .time_ns = numbers[TIME],
    };
    *ret_what = !version.name.bytes                                     ? "name of a prompt"
                : !version.body.bytes                                   ? "body of a prompt"
                : numbers[NUMBER] == 0                                  ? "number of a version"
                : numbers[NUMBER] != next_number(prompts, version.name) ? "order of versions"
                : numbers[WEIGHT] > OAT_PROMPT_WEIGHT_MAX               ? "weight of a version"
                : version.time_ns > OAT_TIME_MAX                        ? "time"
                : prompts->version_count == OAT_PROMPTS_ROWS_MAX        ? "count of versions"
                                                                        : NULL;
    if (*ret_what)
        return OAT_E_CORRUPT;
    if (!oat_array_reserve(&prompts->versions, prompts->version_count, &prompts->version_capacity,
                           sizeof version))
        return OAT_E_NOMEM;
    prompts->versions[prompts->version_count++] = version;
    return OAT_OK;
}

static int read_label(void *arg, const uint64_t *numbers, const char **ret_what)
{
    struct reading *r = arg;
    oat_text label = text_of(&r->labels, numbers[LABEL], OAT_PROMPT_NAME_MAX);
    *ret_what = numbers[ROW] >= r->prompts->version_count ? "version of a label"
                : !label.bytes                            ? "label"
                : numbers[LABEL_TIME] > OAT_TIME_MAX      ? "time"
                                                          : NULL;
    if (*ret_what)
        return OAT_E_CORRUPT;
    int result = oat_prompts_set_label(r->prompts, label, (size_t)numbers[ROW], numbers[LABEL_TIME]);
    *ret_what = "count of labels";
    return result == OAT_E_LIMIT ? OAT_E_CORRUPT : result;
}

static int read_tables(struct oat_prompts *prompts)
{
    struct reading r = {.prompts = prompts};
    const struct oat_small_file *file = &prompts->file;
    int result =
        oat_small_file_texts(file, OAT_TABLE_PROMPTS, OAT_COL_PROMPT_NAME, &r.names, &prompts->owned[0]);
    if (result == OAT_OK)
        result =
            oat_small_file_texts(file, OAT_TABLE_PROMPTS, OAT_COL_PROMPT_BODY, &r.bodies, &prompts->owned[1]);
    if (result == OAT_OK)
        result = oat_small_file_texts(file, OAT_TABLE_PROMPT_LABELS, OAT_COL_PROMPT_LABEL_LABEL, &r.labels,
                                      &prompts->owned[2]);
    if (result == OAT_OK)
        result =
            oat_small_file_rows(file, OAT_TABLE_PROMPTS, version_columns, VERSION_COLUMNS, read_version, &r);
    if (result == OAT_OK)
        result =
            oat_small_file_rows(file, OAT_TABLE_PROMPT_LABELS, label_columns, LABEL_COLUMNS, read_label, &r);
    return result;
}

int oat_prompts_read(int store_fd, struct oat_problems *problems, struct oat_prompts *ret)
{
    *ret = (struct oat_prompts){0};
    int result = oat_small_file_read(&ret->file, store_fd, OAT_PROMPTS_NAME, OAT_MAGIC_PROMPTS, problems);
    if (result == OAT_OK)
        result = read_tables(ret);
    if (result != OAT_OK)
        oat_prompts_clear(ret);
    return result == OAT_NOTFOUND ? OAT_OK : result;
}

void oat_prompts_clear(struct oat_prompts *prompts)
{
    free(prompts->versions);
    free(prompts->labels);
    for (size_t i = 0; i < sizeof prompts->owned / sizeof *prompts->owned; i++)
        free(prompts->owned[i]);
    oat_small_file_free(&prompts->file);
    *prompts = (struct oat_prompts){0};
}
