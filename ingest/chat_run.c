/* A folder that is one run of AutoCodeRover:
 *   conversation_round_N.json       the agent's message list as it stood in round N
 *   debug_agent_write_patch_N.json  the same, carried on by the model that writes the patch
 *   agent_proxy_N.json              a list of side conversations
 *   tool_call_sequence.json         [{func_name, arguments, call_ok}]
 *   cost.json                       model, tokens, cost, begin and end
 *   problem_statement.txt           the task, which the first message holds too */
#include "ingest/chat_run.h"

#include "format/hash.h"
#include "ingest/chat.h"
#include "ingest/chat_messages.h"
#include "ingest/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum part { LIST, SIDE_LISTS, TOOLS, COST, TASK };

static const struct {
    const char *prefix;
    const char *agent;
    enum part part;
} parts[] = {
    {"conversation_round_", "conversation", LIST},
    {"debug_agent_write_patch_", "write_patch", LIST},
    {"agent_proxy_", "agent_proxy", SIDE_LISTS},
    {"tool_call_sequence", "", TOOLS},
    {"cost", "", COST},
    {"problem_statement", "", TASK},
};

/* Index into parts, or -1. Names end in a number (or nothing) and a suffix. */
static int part_of(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = strlen(parts[i].prefix);
        if (strncmp(name, parts[i].prefix, n) != 0)
            continue;
        const char *rest = name + n + strspn(name + n, "0123456789");
        if (strcmp(rest, parts[i].part == TASK ? ".txt" : ".json") == 0)
            return (int)i;
    }
    return -1;
}

bool oat_import_is_run_file(const char *name)
{
    return part_of(name) >= 0;
}

struct file {
    const struct oat_import_file *in;
    struct oat_json_doc doc;
    int part; /* index into parts */
    bool loaded;
    bool carried_on; /* a list that a later one begins with */
};

struct run {
    struct oat_chat_reader *r;
    struct file *files;
    size_t count;
};

/* By part, then by number, so that round 10 comes behind round 9. */
static int compare_files(const void *left, const void *right)
{
    const struct file *a = left, *b = right;
    if (a->part != b->part)
        return a->part - b->part;
    size_t n = strlen(a->in->name), m = strlen(b->in->name);
    return n != m ? (n < m ? -1 : 1) : strcmp(a->in->name, b->in->name);
}

/* Messages that two lists begin with alike, byte for byte. */
static size_t shared_prefix(const struct file *a, const struct file *b)
{
    size_t count = 0;
    oat_jnode x = oat_jdoc_first(&a->doc, 1), y = oat_jdoc_first(&b->doc, 1);
    for (; x && y; x = oat_jdoc_next(&a->doc, 1, x), y = oat_jdoc_next(&b->doc, 1, y), count++) {
        if (!oat_text_same(oat_jdoc_raw(&a->doc, x), oat_jdoc_raw(&b->doc, y)))
            break;
    }
    return count;
}

/* True when list a is the beginning of list b. */
static bool is_prefix(const struct file *a, const struct file *b)
{
    return shared_prefix(a, b) == oat_jdoc_count(&a->doc, 1);
}

static bool is_list(const struct file *file)
{
    return file->loaded && parts[file->part].part == LIST;
}

static void find_carried_on(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        for (size_t k = i + 1; k < run->count && is_list(&run->files[i]) && !run->files[i].carried_on; k++)
            run->files[i].carried_on = is_list(&run->files[k]) && is_prefix(&run->files[i], &run->files[k]);
}

/* Messages of a list that an earlier one has too: their answers are spans there. */
static size_t known_prefix(const struct run *run, size_t index)
{
    size_t known = 0;
    for (size_t i = 0; i < index; i++) {
        if (!is_list(&run->files[i]) || run->files[i].carried_on)
            continue;
        size_t shared = shared_prefix(&run->files[i], &run->files[index]);
        known = shared > known ? shared : known;
    }
    return known;
}

static int emit_list(struct oat_chat_reader *r, oat_jnode list, const char *agent, size_t known)
{
    const struct oat_json_doc *doc = &r->doc;
    oat_text model = r->chat.model;
    oat_chat_reset(&r->chat, "autocoderover", (oat_text){0});
    r->chat.name = r->chat.agent = oat_text_of(agent);
    r->chat.model = model;
    for (oat_jnode m = oat_jdoc_first(doc, list); m; m = oat_jdoc_next(doc, list, m)) {
        struct oat_chat_element *element = oat_chat_read_message(r, m);
        if (element && r->chat.element_count <= known && element->role == OAT_CHAT_ASSISTANT)
            oat_chat_make_context(element);
    }
    return oat_chat_emit_within(&r->out, &r->chat);
}

static int emit_tools(struct oat_chat_reader *r, oat_jnode list)
{
    const struct oat_json_doc *doc = &r->doc;
    int result = OAT_OK;
    for (oat_jnode t = oat_jdoc_first(doc, list); t && result >= 0; t = oat_jdoc_next(doc, list, t)) {
        oat_text raw = oat_jdoc_raw(doc, t);
        if (oat_jdoc_type_of(doc, t) == OAT_JSON_ARRAY) { /* calls of one round */
            result = emit_tools(r, t);
            continue;
        }
        struct oat_import_span span = {
            .type = OAT_TOOL,
            .start_ns = r->out.base_ns,
            .end_ns = r->out.base_ns,
            .synthetic_time = true,
            .input = {raw.bytes, raw.len, "application/json"},
            .status = oat_jdoc_type_of(doc, oat_jdoc_get(doc, t, "call_ok")) == OAT_JSON_FALSE
                          ? OAT_STATUS_ERROR
                          : OAT_STATUS_SUCCESS,
        };
        span.text[OAT_TEXT_NAME] = oat_chat_text(doc, t, "func_name");
        result = oat_chat_span(&r->out, &span, r->out.parent_id);
    }
    return result;
}

static int emit_file(struct run *run, size_t index)
{
    struct oat_chat_reader *r = run->r;
    struct file *file = &run->files[index];
    const char *agent = parts[file->part].agent;
    int result = OAT_OK;
    r->doc = file->doc;
    switch (parts[file->part].part) {
    case LIST:
        if (oat_chat_is_message_list(&r->doc, 1) && !file->carried_on)
            result = emit_list(r, 1, agent, known_prefix(run, index));
        break;
    case SIDE_LISTS:
        for (oat_jnode c = oat_jdoc_first(&r->doc, 1); c && result >= 0; c = oat_jdoc_next(&r->doc, 1, c))
            if (oat_chat_is_message_list(&r->doc, c))
                result = emit_list(r, c, agent, 0);
        break;
    case TOOLS:
        result = emit_tools(r, 1);
        break;
    default:
        break;
    }
    r->doc = (struct oat_json_doc){.arena = &r->arena};
    return result;
}

/* The root: first question and last answer of the last list, and what cost.json says. */
static int emit_root(struct run *run)
{
    struct oat_chat_reader *r = run->r;
    struct oat_import_span span = {.type = OAT_AGENT, .cost_input_nano = -1, .cost_output_nano = -1};
    const struct oat_json_doc *cost = NULL, *last = NULL;
    for (size_t i = 0; i < run->count; i++) {
        if (run->files[i].loaded && parts[run->files[i].part].part == COST)
            cost = &run->files[i].doc;
        if (is_list(&run->files[i]))
            last = &run->files[i].doc;
    }
    for (oat_jnode m = last ? oat_jdoc_first(last, 1) : 0; m; m = oat_jdoc_next(last, 1, m)) {
        oat_jnode role = oat_jdoc_get(last, m, "role");
        oat_text raw = oat_jdoc_raw(last, m);
        if (oat_jdoc_is(last, role, "user") && !span.input.bytes)
            span.input = (struct oat_import_payload){raw.bytes, raw.len, NULL};
        if (oat_jdoc_is(last, role, "assistant"))
            span.output = (struct oat_import_payload){raw.bytes, raw.len, NULL};
    }
    span.text[OAT_TEXT_NAME] = span.text[OAT_TEXT_AGENT] = oat_text_of("autocoderover");
    if (cost) {
        double usd;
        span.start_ns = oat_chat_time(cost, 1, "start_epoch");
        span.end_ns = oat_chat_time(cost, 1, "end_epoch");
        span.text[OAT_TEXT_MODEL] = r->chat.model = oat_chat_text(cost, 1, "model");
        span.has_count[OAT_COUNT_INPUT] =
            oat_jdoc_uint(cost, oat_jdoc_get(cost, 1, "total_input_tokens"), &span.count[OAT_COUNT_INPUT]);
        span.has_count[OAT_COUNT_OUTPUT] =
            oat_jdoc_uint(cost, oat_jdoc_get(cost, 1, "total_output_tokens"), &span.count[OAT_COUNT_OUTPUT]);
        if (oat_jdoc_double(cost, oat_jdoc_get(cost, 1, "total_cost"), &usd))
            span.has_cost = oat_nano_of_usd(usd, &span.cost_total_nano);
    }
    if (span.start_ns)
        r->out.base_ns = span.start_ns;
    else {
        span.start_ns = span.end_ns = r->out.base_ns;
        span.synthetic_time = true;
    }
    int result = oat_chat_span(&r->out, &span, NULL);
    memcpy(r->out.parent_id, span.span_id, sizeof span.span_id);
    return result;
}

/* Parses the files; the trace's identity is the ids of their contents. */
static int load(struct run *run, const struct oat_import_file *files, oat_content_id *ids)
{
    struct oat_chat_reader *r = run->r;
    for (size_t i = 0; i < run->count; i++)
        run->files[i] = (struct file){.in = &files[i], .part = part_of(files[i].name)};
    qsort(run->files, run->count, sizeof *run->files, compare_files);
    for (size_t i = 0; i < run->count; i++) {
        struct file *file = &run->files[i];
        char place[160];
        file->doc.arena = &r->arena;
        ids[i] = oat_content_id_of(file->in->data, file->in->len, 0);
        bool is_json = file->part >= 0 && parts[file->part].part != TASK;
        int result = is_json ? oat_jdoc_parse_all(&file->doc, file->in->data, file->in->len) : OAT_OK;
        if (result == OAT_E_NOMEM)
            return result;
        file->loaded = is_json && result == OAT_OK;
        if (result != OAT_OK) {
            snprintf(place, sizeof place, "%s: byte %zu", file->in->name, file->doc.end);
            oat_import_reject(r->out.report, 1, place, file->doc.error);
        }
    }
    find_carried_on(run);
    return OAT_OK;
}

int oat_import_chat_run(const struct oat_import_file *files, size_t count, const struct oat_import_sink *sink,
                        struct oat_import_report *report)
{
    struct oat_chat_reader r = {.out = {.sink = sink, .report = report}};
    struct run run = {&r, calloc(count + 1, sizeof *run.files), count};
    oat_content_id *ids = calloc(count + 1, sizeof *ids);
    int result = run.files && ids ? load(&run, files, ids) : OAT_E_NOMEM;
    report->kind = OAT_KIND_CHAT;
    report->what = "AutoCodeRover run";
    if (result == OAT_OK) {
        oat_chat_reset(&r.chat, "autocoderover", (oat_text){(const char *)ids, count * sizeof *ids});
        oat_chat_begin_trace(&r.out, &r.chat);
        result = emit_root(&run);
    }
    for (size_t i = 0; i < count && result >= 0; i++)
        if (run.files[i].loaded)
            result = emit_file(&run, i);
    for (size_t i = 0; run.files && i < count; i++)
        oat_jdoc_free(&run.files[i].doc);
    free(ids);
    free(run.files);
    oat_chat_free(&r.chat);
    oat_chat_out_free(&r.out);
    oat_arena_clear(&r.arena);
    return result < 0 ? result : OAT_OK;
}
