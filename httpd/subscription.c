#include "httpd/subscription.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/selection.h"
#include "ingest/json_value.h"
#include "reader/follow_match.h"
#include "reader/text_copy.h"

#define ARENA_MAX (256u << 10)

struct reading {
    struct oat_json_doc doc;
    struct oat_arena arena;
    uint64_t now_ns;
    struct oat_subscription *ret;
    struct oat_answer *answer;
};

bool oat_subscription_default(struct oat_subscription *ret)
{
    *ret = (struct oat_subscription){.text = strdup(""), .kinds = OAT_LIVE_SPAN};
    return ret->text != NULL;
}

void oat_subscription_free(struct oat_subscription *subscription)
{
    oat_filter_free(subscription->filter);
    free(subscription->text);
    *subscription = (struct oat_subscription){0};
}

static bool refuse(struct reading *r, const char *member, const char *message)
{
    struct oat_query_error error;
    snprintf(error.parameter, sizeof error.parameter, "%s", member);
    snprintf(error.message, sizeof error.message, "%s", message);
    oat_answer_bad_parameter(r->answer, &error);
    return false;
}

static bool is(oat_text name, const char *text)
{
    return name.len == strlen(text) && memcmp(name.bytes, text, name.len) == 0;
}

static bool set_text(struct reading *r, oat_text text)
{
    char *copy = oat_text_copy(text);
    if (!copy) {
        oat_answer_result(r->answer, OAT_E_NOMEM, "reading the filter");
        return false;
    }
    free(r->ret->text);
    r->ret->text = copy;
    r->ret->text_len = text.len;
    return true;
}

static bool read_filter(struct reading *r, oat_jnode node)
{
    struct oat_subscription *s = r->ret;
    if (oat_jdoc_type_of(&r->doc, node) != OAT_JSON_STRING)
        return refuse(r, "subscribe", "expected a filter, as a string");
    oat_text text = oat_jdoc_string(&r->doc, node);
    if (!text.bytes)
        return refuse(r, "subscribe", "the filter is too long");
    if (s->filter)
        return refuse(r, "subscribe", "given twice");
    if (!oat_selection_filter(text.bytes, text.len, r->now_ns, "subscribe", &s->filter, r->answer) ||
        !set_text(r, text))
        return false;
    return oat_filter_can_follow(s->filter) ||
           refuse(r, "subscribe",
                  "spans are told one by one: a filter of traces (trace.errors, trace.has ...) has to be "
                  "asked of /traces");
}

static bool read_kinds(struct reading *r, oat_jnode node)
{
    static const struct {
        const char *name;
        enum oat_live_kind kind;
    } kinds[] = {{"span", OAT_LIVE_SPAN},
                 {"open", OAT_LIVE_OPEN},
                 {"trace", OAT_LIVE_TRACE},
                 {"feedback", OAT_LIVE_FEEDBACK},
                 {"alert", OAT_LIVE_ALERT}};
    static const char expected[] =
        "expected a list of kinds: \"span\", \"open\", \"trace\", \"feedback\", \"alert\"";
    if (oat_jdoc_type_of(&r->doc, node) != OAT_JSON_ARRAY)
        return refuse(r, "kinds", expected);
    r->ret->kinds = 0;
    for (oat_jnode one = oat_jdoc_first(&r->doc, node); one; one = oat_jdoc_next(&r->doc, node, one)) {
        size_t i = 0;
        while (i < sizeof kinds / sizeof *kinds && !oat_jdoc_is(&r->doc, one, kinds[i].name))
            i++;
        if (i == sizeof kinds / sizeof *kinds)
            return refuse(r, "kinds", expected);
        r->ret->kinds |= kinds[i].kind;
    }
    return r->ret->kinds != 0 || refuse(r, "kinds", expected);
}

static bool read_cursor(struct reading *r, oat_jnode node)
{
    oat_text text = oat_jdoc_string(&r->doc, node);
    if (oat_jdoc_type_of(&r->doc, node) != OAT_JSON_STRING || !text.bytes || text.len >= OAT_CURSOR_SIZE ||
        memchr(text.bytes, '\0', text.len))
        return refuse(r, "cursor", "expected the cursor of a batch");
    memcpy(r->ret->cursor, text.bytes, text.len);
    r->ret->cursor[text.len] = '\0';
    return true;
}

static bool read_member(struct reading *r, oat_text name, oat_jnode node)
{
    if (oat_jdoc_type_of(&r->doc, node) == OAT_JSON_NULL)
        return true;
    if (is(name, "subscribe"))
        return read_filter(r, node);
    if (is(name, "kinds"))
        return read_kinds(r, node);
    if (is(name, "cursor"))
        return read_cursor(r, node);
    return refuse(r, "", "expected an object of subscribe, kinds, cursor");
}

static bool read_document(struct reading *r, const char *bytes, size_t len)
{
    const oat_jnode root = 1;
    int rc = oat_jdoc_parse_all(&r->doc, bytes, len);
    if (rc == OAT_E_INVALID)
        oat_answer_error(r->answer, 400, "bad_json", "the message is no JSON: %s at byte %zu", r->doc.error,
                         r->doc.end);
    else if (rc != OAT_OK)
        oat_answer_result(r->answer, rc, "reading the message");
    if (rc != OAT_OK)
        return false;
    if (oat_jdoc_type_of(&r->doc, root) != OAT_JSON_OBJECT)
        return refuse(r, "", "expected an object of subscribe, kinds, cursor");
    for (oat_jnode key = oat_jdoc_first_key(&r->doc, root); key; key = oat_jdoc_next_key(&r->doc, root, key))
        if (!read_member(r, oat_jdoc_string(&r->doc, key), key + 1))
            return false;
    return true;
}

bool oat_subscription_read(const char *bytes, size_t len, uint64_t now_ns, struct oat_subscription *ret,
                           struct oat_answer *answer)
{
    struct reading r = {.arena.limit = ARENA_MAX, .now_ns = now_ns, .ret = ret, .answer = answer};
    r.doc.arena = &r.arena;
    bool ok = oat_subscription_default(ret);
    if (!ok)
        oat_answer_result(answer, OAT_E_NOMEM, "reading the message");
    ok = ok && read_document(&r, bytes, len);
    oat_jdoc_free(&r.doc);
    oat_arena_clear(&r.arena);
    if (!ok)
        oat_subscription_free(ret);
    return ok;
}
