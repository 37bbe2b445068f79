/* aider's chat history, Markdown: a heading begins a session, lines with "####" are the user's, and
 * what follows, up to the next of these, is answer and tool output. There are no messages to cut
 * out, so an llm span's input is the user's block alone. */
#include "ingest/chat_aider.h"

#include "ingest/number.h"

#include <string.h>

static const char heading[] = "# aider chat started at ";

struct lines {
    const char *text;
    size_t len, at;
};

static oat_text peek_line(const struct lines *in)
{
    const char *from = in->text + in->at, *end = memchr(from, '\n', in->len - in->at);
    return (oat_text){from, end ? (size_t)(end - from) + 1 : in->len - in->at};
}

/* Lines up to the next that begins a session, or whose being the user's is not `user`. */
static oat_text block(struct lines *in, bool user)
{
    oat_text all = {in->text + in->at, 0};
    while (in->at < in->len) {
        oat_text line = peek_line(in);
        if (oat_text_begins(line, heading) || oat_text_begins(line, "####") != user)
            break;
        in->at += line.len;
        all.len += line.len;
    }
    return all;
}

static bool blank(oat_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!memchr(" \t\r\n", text.bytes[i], 4))
            return false;
    return true;
}

static int emit_turn(struct oat_chat_reader *r, const uint8_t agent_id[8], oat_text asked, oat_text answer,
                     uint64_t ns)
{
    struct oat_import_span span = {
        .type = OAT_LLM,
        .start_ns = ns,
        .end_ns = ns + UINT64_C(1000000000),
        .synthetic_time = true,
        .input = {asked.bytes, asked.len, "text/markdown"},
        .output = {answer.bytes, answer.len, "text/markdown"},
    };
    span.text[OAT_TEXT_NAME] = oat_text_of("chat");
    span.text[OAT_TEXT_AGENT] = oat_text_of("aider");
    return oat_chat_span(&r->out, &span, agent_id);
}

/* One session: from behind its heading to the next one. Two walks: the agent span comes first and
 * has the first question and the last answer. */
static int read_session(struct oat_chat_reader *r, struct lines *in)
{
    oat_text title = peek_line(in);
    struct lines body = *in;
    struct oat_import_span agent = {.type = OAT_AGENT, .synthetic_time = true};
    size_t turns = 0;
    body.at += title.len;
    block(&body, false);
    struct lines walk = body;
    while (walk.at < walk.len && !oat_text_begins(peek_line(&walk), heading)) {
        oat_text asked = block(&walk, true), answer = block(&walk, false);
        if (!agent.input.bytes)
            agent.input = (struct oat_import_payload){asked.bytes, asked.len, "text/markdown"};
        if (!blank(answer))
            agent.output = (struct oat_import_payload){answer.bytes, answer.len, "text/markdown"};
        turns++;
    }
    oat_chat_reset(&r->chat, "aider", (oat_text){title.bytes, (size_t)(walk.text + walk.at - title.bytes)});
    oat_chat_begin_trace(&r->out, &r->chat);
    oat_text when = {title.bytes + sizeof heading - 1, title.len - (sizeof heading - 1)};
    while (when.len && memchr(" \r\n", when.bytes[when.len - 1], 3))
        when.len--;
    if (!oat_parse_time(when, &agent.start_ns))
        agent.start_ns = r->out.base_ns;
    agent.end_ns = agent.start_ns + turns * UINT64_C(1000000000);
    agent.text[OAT_TEXT_NAME] = agent.text[OAT_TEXT_AGENT] = oat_text_of("aider");

    int result = oat_chat_span(&r->out, &agent, NULL);
    uint64_t ns = agent.start_ns;
    while (result >= 0 && body.at < walk.at) {
        oat_text asked = block(&body, true), answer = block(&body, false);
        if (!blank(answer))
            result = emit_turn(r, agent.span_id, asked, answer, ns);
        ns += UINT64_C(1000000000);
    }
    in->at = walk.at;
    return result < 0 ? result : OAT_OK;
}

int oat_chat_read_aider(struct oat_chat_reader *r, const char *text, size_t len)
{
    struct lines in = {text, len, 0};
    bool found = false;
    int result = OAT_OK;
    while (in.at < in.len && result >= 0) {
        oat_text line = peek_line(&in);
        if (oat_text_begins(line, heading)) {
            found = true;
            result = read_session(r, &in);
        } else if (!found && !blank(line)) {
            return OAT_NOTFOUND;
        } else {
            in.at += line.len;
        }
    }
    return found || result < 0 ? result : OAT_NOTFOUND;
}
