#include "httpd/alert_book.h"

#include <stdlib.h>
#include <string.h>

#include "format/json_check.h"
#include "ingest/json_value.h"
#include "reader/text_copy.h"
#include "writer/clock.h"

#define SERIES_MAX (2 * OAT_ALERT_ROWS_MAX)            /* of a rule */
#define FORGET_NS  (UINT64_C(7 * 86400) * 1000000000u) /* after which a group that is no more is forgotten */
#define ARENA_MAX  ((size_t)64 << 20)

/* ---- Life ---------------------------------------------------------------------------------------- */

struct oat_alert_book *oat_alert_book_new(const struct oat_alert_rules *rules, const char *project)
{
    struct oat_alert_book *book = calloc(1, sizeof *book);
    if (!book)
        return NULL;
    book->rules = rules;
    book->next_id = 1;
    book->standings = calloc(rules->count + 1, sizeof *book->standings);
    for (size_t i = 0; book->standings && i < rules->count; i++)
        if (strcmp(rules->all[i].project, project) == 0)
            book->standings[book->standing_count++].rule = &rules->all[i];
    if (book->standing_count > 0)
        return book;
    oat_alert_book_free(book);
    return NULL;
}

void oat_alert_book_free(struct oat_alert_book *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->standing_count; i++) {
        for (size_t j = 0; j < book->standings[i].series_count; j++)
            free(book->standings[i].series[j].group);
        free(book->standings[i].series);
    }
    for (size_t i = 0; i < OAT_ALERT_EVENTS_MAX; i++)
        free(book->events[i].group);
    free(book->standings);
    free(book);
}

/* ---- Events -------------------------------------------------------------------------------------- */

const struct oat_alert_event *oat_alert_book_event(const struct oat_alert_book *book, uint64_t id)
{
    const struct oat_alert_event *event = &book->events[id % OAT_ALERT_EVENTS_MAX];
    return id > 0 && event->id == id ? event : NULL;
}

/* Takes over the group, also when it fails. */
static bool add_event(struct oat_alert_book *book, struct oat_alert_event event)
{
    struct oat_alert_event *place = &book->events[event.id % OAT_ALERT_EVENTS_MAX];
    if (!event.group)
        return false;
    free(place->group);
    *place = event;
    book->next_id = event.id + 1;
    return true;
}

/* Agents come and go: that one of many has nothing to say any more is no news. */
static bool is_news(const struct oat_alert_rule *rule, enum oat_alert_state from, enum oat_alert_state to)
{
    return from != to && (rule->by_count == 0 || from >= OAT_ALERT_PENDING || to >= OAT_ALERT_PENDING);
}

static bool is_for(const struct oat_alert_event *event, unsigned webhook)
{
    return event && (event->rule->webhooks & 1u << webhook) &&
           (event->from == OAT_ALERT_FIRING || event->to == OAT_ALERT_FIRING);
}

const struct oat_alert_event *oat_alert_book_next(struct oat_alert_book *book, unsigned webhook)
{
    uint64_t *told = &book->told[webhook];
    if (book->next_id - *told > OAT_ALERT_EVENTS_MAX)
        *told = book->next_id - OAT_ALERT_EVENTS_MAX - 1;
    while (*told + 1 < book->next_id && !is_for(oat_alert_book_event(book, *told + 1), webhook))
        ++*told;
    return oat_alert_book_event(book, *told + 1);
}

void oat_alert_book_told(struct oat_alert_book *book, unsigned webhook, uint64_t id)
{
    book->told[webhook] = id;
    book->changed = true;
}

/* ---- Series -------------------------------------------------------------------------------------- */

enum oat_alert_state oat_alert_standing_state(const struct oat_alert_standing *standing,
                                              const struct oat_alert_series **ret_worst)
{
    const struct oat_alert_series *worst = NULL;
    for (size_t i = 0; i < standing->series_count; i++)
        if (!worst || standing->series[i].state > worst->state)
            worst = &standing->series[i];
    *ret_worst = worst;
    return worst ? worst->state : OAT_ALERT_NO_DATA;
}

/* Where the series of a group is, or would be. */
static size_t place_of(const struct oat_alert_standing *standing, const char *group, bool *ret_there)
{
    size_t low = 0, high = standing->series_count;
    *ret_there = false;
    while (low < high && !*ret_there) {
        size_t middle = (low + high) / 2;
        int order = strcmp(standing->series[middle].group, group);
        *ret_there = order == 0;
        low = order < 0 ? middle + 1 : order == 0 ? middle : low;
        high = order > 0 ? middle : high;
    }
    return low;
}

/* Its series, a new one if need be. NULL: out of memory, or there are too many. */
static struct oat_alert_series *find_series(struct oat_alert_standing *standing, const char *group,
                                            uint64_t now_ns)
{
    bool is_there;
    size_t at = place_of(standing, group, &is_there);
    if (is_there)
        return &standing->series[at];
    if (!standing->series)
        standing->series = calloc(SERIES_MAX, sizeof *standing->series);
    char *copy = standing->series && standing->series_count < SERIES_MAX ? strdup(group) : NULL;
    if (!copy)
        return NULL;
    struct oat_alert_series *series = &standing->series[at];
    memmove(series + 1, series, (standing->series_count++ - at) * sizeof *series);
    *series = (struct oat_alert_series){
        .group = copy, .state = OAT_ALERT_OK, .since_ns = now_ns, .seen_ns = now_ns};
    return series;
}

static struct oat_alert_value value_of(const struct oat_alert_row *rows, size_t count, const char *group)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].group, group) == 0)
            return rows[i].value;
    return (struct oat_alert_value){false, 0};
}

/* Goes on to the next state. False: out of memory. */
static bool step(struct oat_alert_book *book, const struct oat_alert_rule *rule,
                 struct oat_alert_series *series, enum oat_alert_state to, uint64_t now_ns)
{
    enum oat_alert_state from = series->state;
    uint64_t since_ns = series->since_ns;
    if (from == to)
        return true;
    series->state = to;
    series->since_ns = now_ns;
    book->changed = true;
    return !is_news(rule, from, to) ||
           add_event(book, (struct oat_alert_event){
                               .id = book->next_id,
                               .rule = rule,
                               .group = strdup(series->group),
                               .from = from,
                               .to = to,
                               .time_ns = now_ns,
                               .lasted_ns = now_ns > since_ns ? now_ns - since_ns : 0,
                               .value = series->value,
                           });
}

/* Is its group no more? */
static bool is_gone(const struct oat_alert_rule *rule, const struct oat_alert_series *series, uint64_t now_ns)
{
    return rule->by_count > 0 && !series->value.is_there &&
           (rule->no_data == OAT_NO_DATA_RESOLVE || now_ns > series->seen_ns + FORGET_NS);
}

/* Steps all series, and drops those that are gone. */
static bool step_all(struct oat_alert_book *book, struct oat_alert_standing *standing,
                     const struct oat_alert_row *rows, size_t count, uint64_t now_ns)
{
    const struct oat_alert_rule *rule = standing->rule;
    size_t kept = 0;
    bool ok = true;
    for (size_t i = 0; i < standing->series_count; i++) {
        struct oat_alert_series *series = &standing->series[i];
        series->value = value_of(rows, count, series->group);
        if (series->value.is_there)
            series->seen_ns = now_ns;
        bool gone = is_gone(rule, series, now_ns);
        enum oat_alert_state next =
            gone ? OAT_ALERT_NO_DATA
                 : oat_alert_next(rule, series->state, series->since_ns, series->value, now_ns);
        ok = step(book, rule, series, next, now_ns) && ok;
        if (gone)
            free(series->group);
        else
            standing->series[kept++] = *series;
    }
    standing->series_count = kept;
    return ok;
}

bool oat_alert_book_enter(struct oat_alert_book *book, struct oat_alert_standing *standing,
                          const struct oat_alert_row *rows, size_t count, uint64_t now_ns)
{
    bool ok = standing->rule->by_count > 0 || find_series(standing, "{}", now_ns);
    for (size_t i = 0; i < count; i++)
        ok = find_series(standing, rows[i].group, now_ns) && ok;
    standing->evaluated_ns = now_ns;
    standing->error[0] = '\0';
    return step_all(book, standing, rows, count, now_ns) && ok;
}

/* ---- The file: writing --------------------------------------------------------------------------- */

static void put_ns(struct oat_json *out, const char *key, uint64_t ns)
{
    oat_json_key(out, key);
    oat_json_int_string(out, (int64_t)ns);
}

static void put_text(struct oat_json *out, const char *key, const char *text)
{
    oat_json_key(out, key);
    oat_json_cstring(out, text);
}

static void put_value(struct oat_json *out, struct oat_alert_value value)
{
    oat_json_key(out, "value");
    if (value.is_there)
        oat_json_double(out, value.number);
    else
        oat_json_null(out);
}

static void put_series(struct oat_json *out, const char *rule, const struct oat_alert_series *series)
{
    oat_json_object_begin(out);
    put_text(out, "rule", rule);
    put_text(out, "group", series->group);
    put_text(out, "state", oat_alert_state_name(series->state));
    put_ns(out, "since_ns", series->since_ns);
    put_ns(out, "seen_ns", series->seen_ns);
    oat_json_object_end(out);
}

static void put_event(struct oat_json *out, const struct oat_alert_event *event)
{
    oat_json_object_begin(out);
    put_ns(out, "id", event->id);
    put_text(out, "rule", event->rule->name);
    put_text(out, "group", event->group);
    put_text(out, "from", oat_alert_state_name(event->from));
    put_text(out, "to", oat_alert_state_name(event->to));
    put_ns(out, "time_ns", event->time_ns);
    put_ns(out, "lasted_ns", event->lasted_ns);
    put_value(out, event->value);
    oat_json_object_end(out);
}

void oat_alert_book_write(const struct oat_alert_book *book, struct oat_json *out)
{
    const struct oat_alert_event *event;
    oat_json_object_begin(out);
    oat_json_key(out, "series");
    oat_json_array_begin(out);
    for (size_t i = 0; i < book->standing_count; i++)
        for (size_t j = 0; j < book->standings[i].series_count; j++)
            put_series(out, book->standings[i].rule->name, &book->standings[i].series[j]);
    oat_json_array_end(out);
    oat_json_key(out, "events");
    oat_json_array_begin(out);
    for (uint64_t i = 0; i < OAT_ALERT_EVENTS_MAX; i++)
        if ((event = oat_alert_book_event(book, book->next_id - OAT_ALERT_EVENTS_MAX + i)) != NULL)
            put_event(out, event);
    oat_json_array_end(out);
    oat_json_key(out, "told");
    oat_json_object_begin(out);
    for (size_t i = 0; i < book->rules->webhook_count; i++)
        put_ns(out, book->rules->webhooks[i].name, book->told[i]);
    oat_json_object_end(out);
    put_ns(out, "next_id", book->next_id);
    oat_json_object_end(out);
}

/* ---- The file: reading --------------------------------------------------------------------------- */

static struct oat_alert_standing *find_standing(struct oat_alert_book *book, oat_text name)
{
    for (size_t i = 0; i < book->standing_count; i++)
        if (strlen(book->standings[i].rule->name) == name.len &&
            memcmp(book->standings[i].rule->name, name.bytes, name.len) == 0)
            return &book->standings[i];
    return NULL;
}

static bool read_ns(const struct oat_json_doc *doc, oat_jnode object, const char *key, uint64_t *ret)
{
    return oat_jdoc_uint(doc, oat_jdoc_get(doc, object, key), ret) && *ret <= INT64_MAX;
}

/* A copy of a group; NULL: there is none, or out of memory. */
static char *read_group(const struct oat_json_doc *doc, oat_jnode object)
{
    oat_text group = oat_jdoc_text(doc, object, "group");
    bool good = group.len > 0 && group.len <= OAT_ALERT_GROUP_MAX && group.bytes[0] == '{' &&
                oat_json_is_valid(group.bytes, group.len);
    return good ? oat_text_copy(group) : NULL;
}

static bool read_series(struct oat_alert_book *book, const struct oat_json_doc *doc, oat_jnode node)
{
    struct oat_alert_standing *standing = find_standing(book, oat_jdoc_text(doc, node, "rule"));
    enum oat_alert_state state;
    uint64_t since_ns, seen_ns;
    char *group = read_group(doc, node);
    bool good = group && oat_alert_state_parse(oat_jdoc_text(doc, node, "state"), &state) &&
                read_ns(doc, node, "since_ns", &since_ns) && read_ns(doc, node, "seen_ns", &seen_ns);
    struct oat_alert_series *series = good && standing ? find_series(standing, group, since_ns) : NULL;
    if (series) {
        series->state = state;
        series->since_ns = since_ns;
        series->seen_ns = seen_ns;
    }
    free(group);
    return good;
}

static bool read_event(struct oat_alert_book *book, const struct oat_json_doc *doc, oat_jnode node)
{
    const struct oat_alert_standing *standing = find_standing(book, oat_jdoc_text(doc, node, "rule"));
    struct oat_alert_event event = {0};
    bool good = oat_alert_state_parse(oat_jdoc_text(doc, node, "from"), &event.from) &&
                oat_alert_state_parse(oat_jdoc_text(doc, node, "to"), &event.to) &&
                read_ns(doc, node, "id", &event.id) && event.id >= book->next_id &&
                read_ns(doc, node, "time_ns", &event.time_ns) &&
                read_ns(doc, node, "lasted_ns", &event.lasted_ns);
    if (!good || !standing)
        return good;
    event.rule = standing->rule;
    event.value.is_there = oat_jdoc_double(doc, oat_jdoc_get(doc, node, "value"), &event.value.number);
    event.group = read_group(doc, node);
    return add_event(book, event);
}

/* A webhook that was not there before is told of what happens from now on. */
static void read_told(struct oat_alert_book *book, const struct oat_json_doc *doc, oat_jnode told)
{
    for (size_t i = 0; i < book->rules->webhook_count; i++)
        if (!read_ns(doc, told, book->rules->webhooks[i].name, &book->told[i]) ||
            book->told[i] >= book->next_id)
            book->told[i] = book->next_id - 1;
}

static bool read_document(struct oat_alert_book *book, const struct oat_json_doc *doc)
{
    const oat_jnode root = 1, all = oat_jdoc_get(doc, root, "series"),
                    events = oat_jdoc_get(doc, root, "events");
    uint64_t next_id;
    bool ok = true;
    for (oat_jnode one = oat_jdoc_first(doc, all); one && ok; one = oat_jdoc_next(doc, all, one))
        ok = read_series(book, doc, one);
    for (oat_jnode one = oat_jdoc_first(doc, events); one && ok; one = oat_jdoc_next(doc, events, one))
        ok = read_event(book, doc, one);
    if (!ok || !read_ns(doc, root, "next_id", &next_id) || next_id < book->next_id)
        return false;
    book->next_id = next_id;
    read_told(book, doc, oat_jdoc_get(doc, root, "told"));
    return true;
}

bool oat_alert_book_read(struct oat_alert_book *book, const char *text, size_t len)
{
    struct oat_arena arena = {.limit = ARENA_MAX};
    struct oat_json_doc doc = {.arena = &arena};
    bool ok = oat_jdoc_parse_all(&doc, text, len) == OAT_OK && read_document(book, &doc);
    oat_jdoc_free(&doc);
    oat_arena_clear(&arena);
    return ok;
}
