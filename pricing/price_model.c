#include "pricing/price_model.h"

#include <string.h>

struct name {
    char text[OAT_MODEL_NAME_LONGEST + 4]; /* lower case; room for a "ft:" */
    size_t len;
};

/* ---- Tables ---- */

/* What clouds and libraries put before a name. */
static const char *const prefixes[] = {
    "models/",
    "publishers/google/models/",
    "publishers/anthropic/models/",
    "publishers/mistralai/models/",
    "publishers/meta/models/",
    "tunedmodels/",
    "us.",
    "eu.",
    "apac.",
    "us-gov.",
    "jp.",
    "au.",
    "global.",
    "converse/",
    "invoke/",
    "anthropic.",
    "mistral.",
    "cohere.",
};

/* Versions of a model at the same price end like this: # is a digit. Longer ones come first. */
static const char *const suffixes[] = {
    "-####-##-##", "@########", "-########", "-##-####",  "-##-##",   "-v#:#",  "-v#",
    "@default",    "@latest",   "-latest",   ":thinking", ":beta",    ":nitro", ":floor",
    ":#",          "-####",     "-###",      "-beta",     "-preview",
};

/* Resource names of clouds, of which the last part is the model's. */
static const struct {
    const char *begin, *provider;
} resources[] = {
    {"arn:aws:bedrock:", "bedrock"},
    {"projects/", "vertex_ai"},
};

/* Other spellings of the beginning. */
static const struct {
    const char *from, *to;
} spellings[] = {
    {"gpt-35-", "gpt-3.5-"},
    {"ft:gpt-35-", "ft:gpt-3.5-"},
};

/* ---- Steps; each returns whether the name is another one now ---- */

static void set_name(struct name *name, const char *text, size_t len)
{
    if (len > OAT_MODEL_NAME_LONGEST) {
        text += len - OAT_MODEL_NAME_LONGEST;
        len = OAT_MODEL_NAME_LONGEST;
    }
    for (size_t i = 0; i < len; i++)
        name->text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    name->len = len;
}

static bool drop_first(struct name *name, size_t n)
{
    memmove(name->text, name->text + n, name->len - n);
    name->len -= n;
    return true;
}

static bool begins(const struct name *name, const char *text)
{
    size_t len = strlen(text);
    return name->len > len && memcmp(name->text, text, len) == 0;
}

static bool drop_prefix(struct name *name)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (begins(name, prefixes[i]))
            return drop_first(name, strlen(prefixes[i]));
    return false;
}

static bool matches(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++)
        if (*pattern == '#' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    return true;
}

static bool drop_suffix(struct name *name)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t len = strlen(suffixes[i]);
        if (name->len > len && matches(name->text + name->len - len, suffixes[i])) {
            name->len -= len;
            return true;
        }
    }
    return false;
}

/* "ft:gpt-4o:org::id" and Azure's "gpt-4o-2024-08-06.ft-id" become "ft:gpt-4o". */
static void normalise_fine_tune(struct name *name)
{
    static const char mark[] = ".ft-";
    if (begins(name, "ft:")) {
        const char *end = memchr(name->text + 3, ':', name->len - 3);
        if (end)
            name->len = (size_t)(end - name->text);
        return;
    }
    const char *at = memmem(name->text, name->len, mark, sizeof mark - 1);
    if (!at)
        return;
    name->len = (size_t)(at - name->text) + 3;
    memmove(name->text + 3, name->text, name->len - 3);
    memcpy(name->text, "ft:", 3);
}

static void respell(struct name *name)
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        size_t from = strlen(spellings[i].from), to = strlen(spellings[i].to);
        if (!begins(name, spellings[i].from) || name->len - from + to > sizeof name->text)
            continue;
        memmove(name->text + to, name->text + from, name->len - from);
        memcpy(name->text, spellings[i].to, to);
        name->len = name->len - from + to;
    }
    /* Gateways write claude-3.5-sonnet. */
    for (size_t i = 0; begins(name, "claude") && i < name->len; i++)
        if (name->text[i] == '.')
            name->text[i] = '-';
}

/* ---- The provider ---- */

/* By the whole name, or by what stands before its first point ("openai.chat"). */
static int provider_of(const struct oat_price_table *table, const char *text, size_t len)
{
    struct name name;
    set_name(&name, text, len);
    int provider = oat_price_provider_of(table, name.text, name.len);
    const char *point = memchr(name.text, '.', name.len);
    if (provider < 0 && point)
        provider = oat_price_provider_of(table, name.text, (size_t)(point - name.text));
    return provider;
}

static uint64_t bit(int provider)
{
    return UINT64_C(1) << provider;
}

/* Takes off a part of the path before a name: of a cloud's resource name, all; else what clouds put there, or
 * a provider that the table knows. Where no provider was given it becomes *provider. False: the path begins
 * with something else, whose prices are not known. */
static bool drop_path(const struct oat_price_table *table, struct name *name, int *provider)
{
    const char *slash = memchr(name->text, '/', name->len);
    int named = provider_of(table, name->text, (size_t)(slash - name->text));
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++)
        if (begins(name, resources[i].begin)) {
            slash = memrchr(name->text, '/', name->len);
            named = provider_of(table, resources[i].provider, strlen(resources[i].provider));
        }
    if (table->any_provider)
        return drop_first(name, (size_t)(slash - name->text) + 1);
    if (named < 0)
        return drop_prefix(name);
    if (*provider < 0)
        *provider = named;
    return drop_first(name, (size_t)(slash - name->text) + 1);
}

/* ---- Looking up ---- */

static struct oat_price_list look_up(const struct oat_price_table *table, const struct name *name,
                                     int provider)
{
    if (provider < 0)
        return oat_price_table_find(table, name->text, name->len, UINT64_MAX);
    struct oat_price_list list = oat_price_table_find(table, name->text, name->len, bit(provider));
    if (!list.table)
        list = oat_price_table_find(table, name->text, name->len, table->providers[provider].also);
    return list;
}

static struct oat_price_list find_in(const struct oat_price_table *table, const char *model, size_t model_len,
                                     const char *provider_text, size_t provider_len)
{
    const struct oat_price_list none = {0};
    struct oat_price_list list;
    struct name name;
    int provider = -1;
    if (provider_len && !table->any_provider &&
        (provider = provider_of(table, provider_text, provider_len)) < 0)
        return none;
    set_name(&name, model, model_len);
    normalise_fine_tune(&name);
    while (!(list = look_up(table, &name, provider)).table) {
        bool path = memchr(name.text, '/', name.len) != NULL;
        if (path && !drop_path(table, &name, &provider))
            return none;
        if (!path && !drop_prefix(&name))
            break;
    }
    respell(&name);
    while (!list.table && !(list = look_up(table, &name, provider)).table && drop_suffix(&name))
        continue;
    return list;
}

struct oat_price_list oat_price_find(const struct oat_price_table *table, const char *model, size_t model_len,
                                     const char *provider, size_t provider_len)
{
    struct oat_price_list list = {0};
    for (; table && !list.table; table = table->base)
        list = find_in(table, model, model_len, provider, provider_len);
    return list;
}
