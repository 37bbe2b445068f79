#include "httpd/handle_conversation.h"

#include <stdlib.h>
#include <string.h>

#include "export/field_json.h"
#include "httpd/conversation.h"
#include "httpd/lookup.h"

#define COMPARED_MAX 16u                  /* earlier calls that are looked into */
#define INPUT_MAX    (UINT64_C(64) << 20) /* bytes of an input */

const char *const oat_conversation_parameters[] = {"trace_id", NULL};

/* A call and the one it goes on from. */
struct conversation {
    const oat_snapshot *snapshot;
    const oat_span_view *call;
    const oat_span_view **lane; /* the calls of the same agent, by start */
    size_t lane_count, place;   /* place: of the call among them */
    struct oat_messages messages;
    const oat_span_view *compared; /* NULL: with none */
    struct oat_messages before;    /* its messages */
    size_t common;                 /* messages that both begin with */
    bool *is_new;                  /* by message: the one before has none like it */
};

/* ---- The lane of an agent -------------------------------------------------------------------------- */

static bool is_same_text(oat_text a, oat_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static int by_start(const void *x, const void *y)
{
    const oat_span_view *const *a = x, *const *b = y;
    if ((*a)->start_ns != (*b)->start_ns)
        return (*a)->start_ns < (*b)->start_ns ? -1 : 1;
    return memcmp((*a)->span_id, (*b)->span_id, sizeof(*a)->span_id);
}

static int find_lane(struct conversation *c, const oat_trace *trace)
{
    size_t count;
    const oat_span_view *spans = oat_trace_spans(trace, &count);
    c->lane = malloc((count + 1) * sizeof *c->lane);
    if (!c->lane)
        return OAT_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (spans[i].type == OAT_LLM &&
            is_same_text(spans[i].text[OAT_TEXT_AGENT], c->call->text[OAT_TEXT_AGENT]))
            c->lane[c->lane_count++] = &spans[i];
    qsort(c->lane, c->lane_count, sizeof *c->lane, by_start);
    while (c->place < c->lane_count && c->lane[c->place] != c->call)
        c->place++;
    return OAT_OK;
}

/* ---- Messages ------------------------------------------------------------------------------------- */

/* Of a call without an input, or with one that is damaged or too large, there are none. */
static int read_messages(const struct conversation *c, const oat_span_view *call, struct oat_messages *ret)
{
    uint8_t *bytes;
    size_t len;
    *ret = (struct oat_messages){0};
    if (!call->input.present || call->input.raw_len > INPUT_MAX)
        return OAT_OK;
    int result = oat_payload_read(c->snapshot, &call->input, &bytes, &len);
    if (result != OAT_OK)
        return result == OAT_E_NOMEM ? result : OAT_OK;
    result = oat_messages_read(c->snapshot, bytes, len, ret);
    free(bytes);
    return result;
}

/* The earlier call that the messages go on from: of those that have most of its first messages the last. */
static int find_compared(struct conversation *c)
{
    size_t first = c->place > COMPARED_MAX ? c->place - COMPARED_MAX : 0;
    for (size_t i = c->place; i-- > first;) {
        struct oat_messages messages;
        int result = read_messages(c, c->lane[i], &messages);
        if (result != OAT_OK)
            return result;
        size_t common = oat_messages_common(&messages, &c->messages);
        if (messages.count == 0 || (c->compared && common <= c->common)) {
            oat_messages_free(&messages);
            continue;
        }
        oat_messages_free(&c->before);
        c->before = messages;
        c->common = common;
        c->compared = c->lane[i];
    }
    return OAT_OK;
}

static int read_conversation(struct conversation *c, const oat_trace *trace)
{
    int result = find_lane(c, trace);
    if (result == OAT_OK)
        result = read_messages(c, c->call, &c->messages);
    if (result == OAT_OK)
        result = find_compared(c);
    if (result != OAT_OK)
        return result;
    c->is_new = malloc(c->messages.count + 1);
    return c->is_new ? oat_messages_new(&c->before, &c->messages, c->is_new) : OAT_E_NOMEM;
}

static void free_conversation(struct conversation *c)
{
    oat_messages_free(&c->messages);
    oat_messages_free(&c->before);
    free(c->is_new);
    free(c->lane);
}

/* ---- Writing -------------------------------------------------------------------------------------- */

/* The share that some bytes of the messages have in an amount that was reported for all of them. */
static double share(const struct conversation *c, uint64_t bytes, double amount)
{
    return c->messages.bytes > 0 ? amount * (double)bytes / (double)c->messages.bytes : 0;
}

/* Tokens that messages of so many bytes may have. */
static void put_tokens(struct oat_json *json, const struct conversation *c, const char *key, uint64_t bytes)
{
    const oat_span_view *call = c->call;
    double tokens = share(c, bytes, call->count[OAT_COUNT_INPUT]);
    oat_json_count_field(json, key, call->has_count[OAT_COUNT_INPUT], (uint64_t)(tokens + 0.5));
}

static void put_message(struct oat_json *json, const struct conversation *c, size_t i)
{
    const struct oat_message *message = &c->messages.items[i];
    oat_json_object_begin(json);
    oat_message_fields(json, message);
    put_tokens(json, c, "tokens_estimate", message->bytes);
    oat_json_key(json, "new");
    oat_json_bool(json, c->is_new[i]);
    oat_json_object_end(json);
}

static void put_compared(struct oat_json *json, const struct conversation *c)
{
    bool broke = c->compared && c->common < c->before.count;
    oat_json_key(json, "compared_to");
    if (c->compared) {
        oat_json_object_begin(json);
        oat_json_key(json, "span_id");
        oat_json_hex(json, c->compared->span_id, sizeof c->compared->span_id);
        oat_json_count_field(json, "messages", true, c->before.count);
        oat_json_count_field(json, "common", true, c->common);
        oat_json_object_end(json);
    } else {
        oat_json_null(json);
    }
    oat_json_count_field(json, "prefix_broke_at", broke, c->common);
}

/* What was sent again, and what of it stands behind the place where the beginning differs, so that no cache
 * of the beginning has it. */
static void put_resent(struct oat_json *json, const struct conversation *c)
{
    uint64_t resent = 0, behind = 0;
    for (size_t i = 0; i < c->messages.count; i++) {
        resent += c->is_new[i] ? 0 : c->messages.items[i].bytes;
        behind += c->is_new[i] || i < c->common ? 0 : c->messages.items[i].bytes;
    }
    oat_json_count_field(json, "resent_bytes", true, resent);
    put_tokens(json, c, "resent_tokens_estimate", resent);
    put_tokens(json, c, "uncached_resent_tokens_estimate", behind);
    double cost = share(c, resent, (double)c->call->cost_input_nano);
    oat_json_fixed_field(json, "carried_cost_estimate", c->call->has_cost_input, (int64_t)cost, 9);
}

static void put_conversation(struct oat_json *json, const struct conversation *c)
{
    const oat_span_view *call = c->call;
    oat_json_object_begin(json);
    oat_json_key(json, "trace_id");
    oat_json_hex(json, call->trace_id, sizeof call->trace_id);
    oat_json_key(json, "span_id");
    oat_json_hex(json, call->span_id, sizeof call->span_id);
    oat_json_text_field(json, "agent", call->text[OAT_TEXT_AGENT]);
    oat_json_text_field(json, "model", call->text[OAT_TEXT_MODEL]);
    oat_json_key(json, "calls");
    oat_json_array_begin(json);
    for (size_t i = 0; i < c->lane_count; i++)
        oat_json_hex(json, c->lane[i]->span_id, sizeof c->lane[i]->span_id);
    oat_json_array_end(json);
    oat_json_count_field(json, "call", true, c->place);
    put_compared(json, c);
    oat_json_count_field(json, "prompt_tokens", call->has_count[OAT_COUNT_INPUT],
                         call->count[OAT_COUNT_INPUT]);
    oat_json_count_field(json, "cached_tokens", call->has_count[OAT_COUNT_CACHED],
                         call->count[OAT_COUNT_CACHED]);
    put_resent(json, c);
    oat_json_key(json, "messages");
    oat_json_array_begin(json);
    for (size_t i = 0; i < c->messages.count; i++)
        put_message(json, c, i);
    oat_json_array_end(json);
    oat_json_object_end(json);
}

void oat_handle_conversation(const struct oat_call *call, struct oat_answer *answer)
{
    struct oat_span_found found;
    struct conversation c = {.snapshot = call->lease->snapshot};
    if (!oat_lookup_path_span(call, &found, answer))
        return;
    c.call = found.span;
    int rc = OAT_OK;
    if (c.call->type != OAT_LLM)
        oat_answer_error(answer, 404, "not_found", "the span is no call of a model");
    else if (c.call->input.raw_len > INPUT_MAX)
        oat_answer_error(answer, 413, "answer_too_large", "the input has more than 64 MiB");
    else if ((rc = read_conversation(&c, found.trace)) == OAT_OK)
        put_conversation(&answer->body, &c);
    if (rc != OAT_OK)
        oat_answer_result(answer, rc, "reading the conversation");
    answer->tagged = true;
    free_conversation(&c);
    oat_trace_close(found.trace);
}
