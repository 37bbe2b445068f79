#include "redact/find.h"

#include <string.h>

#define EMAIL_MAX 64u /* bytes before the '@', and of each part behind it */
#define CARD_MIN  13u
#define CARD_MAX  19u

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return oat_redact_is_word(c) && c != '_';
}

bool oat_redact_begins(const struct oat_redact_text *text, size_t pos)
{
    if (pos == 0 || !oat_redact_is_word(text->at[pos - 1]))
        return true;
    return pos >= 2 && text->at[pos - 2] == '\\' && memchr("nrtbf", text->at[pos - 1], 5);
}

/* ---- Keys ---- */

enum shape {
    SHAPE_TOKEN,  /* letters, digits, '_', '-'; a digit and a stretch of STRETCH_MIN without '-' */
    SHAPE_DOTTED, /* '.' as well */
    SHAPE_JWT,    /* likewise, three parts of it */
    SHAPE_BEARER, /* all that a header's token may have */
    SHAPE_EXACT,  /* as SHAPE_TOKEN, of one length */
    SHAPE_UPPER,  /* of one length, capital letters and digits */
    SHAPE_PEM,    /* to the end of the block */
};

#define RUN_MIN     32u
#define STRETCH_MIN 12u /* what joins words by hyphens has none with digits */

/* What keys begin with, by the byte that is looked for in them, which is at `at`. */
struct look {
    const char *begin;
    uint8_t at;
    uint8_t least; /* bytes in all; of one length: that */
    uint8_t shape;
};

static const struct look with_hyphen[] = {
    {"sk-", 2, 20, SHAPE_TOKEN},    /* OpenAI, Anthropic, DeepSeek, OpenRouter */
    {"xai-", 3, 24, SHAPE_TOKEN},   /* xAI */
    {"pplx-", 4, 24, SHAPE_TOKEN},  /* Perplexity */
    {"tvly-", 4, 20, SHAPE_TOKEN},  /* Tavily */
    {"glpat-", 5, 24, SHAPE_TOKEN}, /* GitLab */
    {"pypi-", 4, 40, SHAPE_TOKEN},  /* PyPI */
    {"xoxb-", 4, 24, SHAPE_TOKEN},  /* Slack, as the next ones */
    {"xoxp-", 4, 24, SHAPE_TOKEN},  {"xoxa-", 4, 24, SHAPE_TOKEN},     {"xoxr-", 4, 24, SHAPE_TOKEN},
    {"xapp-", 4, 24, SHAPE_TOKEN},  {"-----BEGIN ", 4, 64, SHAPE_PEM},
};

static const struct look with_underline[] = {
    {"sk_live_", 2, 24, SHAPE_TOKEN}, /* Stripe, as the next ones */
    {"sk_test_", 2, 24, SHAPE_TOKEN},    {"rk_live_", 2, 24, SHAPE_TOKEN},
    {"ghp_", 3, 36, SHAPE_TOKEN}, /* GitHub, as the next ones */
    {"gho_", 3, 36, SHAPE_TOKEN},        {"ghu_", 3, 36, SHAPE_TOKEN},
    {"ghs_", 3, 36, SHAPE_TOKEN},        {"ghr_", 3, 36, SHAPE_TOKEN},
    {"github_pat_", 6, 40, SHAPE_TOKEN}, {"gsk_", 3, 40, SHAPE_TOKEN},  /* Groq */
    {"hf_", 2, 30, SHAPE_TOKEN},                                        /* Hugging Face */
    {"r8_", 2, 36, SHAPE_TOKEN},                                        /* Replicate */
    {"npm_", 3, 36, SHAPE_TOKEN},        {"lsv2_", 4, 36, SHAPE_TOKEN}, /* LangSmith */
    {"dop_v1_", 6, 40, SHAPE_TOKEN},                                    /* DigitalOcean */
    {"oat_", 3, 40, SHAPE_TOKEN},                                       /* our own */
};

static const struct look with_point[] = {
    {"SG.", 2, 50, SHAPE_DOTTED},   /* SendGrid */
    {"ya29.", 4, 40, SHAPE_DOTTED}, /* Google OAuth */
};

static const struct look with_letter[] = {
    {"AIza", 0, 39, SHAPE_EXACT},                                /* Google */
    {"AKIA", 0, 20, SHAPE_UPPER},                                /* AWS */
    {"ASIA", 0, 20, SHAPE_UPPER},     {"eyJ", 2, 60, SHAPE_JWT}, /* JWT */
    {"Bearer ", 0, 23, SHAPE_BEARER},
};

#define LOOKS(list)                                                                                          \
    {                                                                                                        \
        list, sizeof list / sizeof *list                                                                     \
    }

static struct looks {
    const struct look *first;
    size_t count;
} looks_at(uint8_t c)
{
    switch (c) {
    case '-':
        return (struct looks)LOOKS(with_hyphen);
    case '_':
        return (struct looks)LOOKS(with_underline);
    case '.':
        return (struct looks)LOOKS(with_point);
    default:
        return (struct looks)LOOKS(with_letter);
    }
}

static bool has_shape(uint8_t c, enum shape shape)
{
    switch (shape) {
    case SHAPE_UPPER:
        return is_digit(c) || (c >= 'A' && c <= 'Z');
    case SHAPE_BEARER:
        return oat_redact_is_word(c) || memchr("-.+/=~", c, 6);
    case SHAPE_DOTTED:
    case SHAPE_JWT:
        return oat_redact_is_word(c) || c == '-' || c == '.';
    default:
        return oat_redact_is_word(c) || c == '-';
    }
}

/* A private key's block: to the end of the line that ends it, or of the text. */
static size_t pem_len(const struct oat_redact_text *text, size_t pos)
{
    static const char kind[] = "PRIVATE KEY-----", end[] = "-----END ";
    const uint8_t *from = text->at + pos;
    size_t rest = text->len - pos;
    if (!memmem(from, rest < 64 ? rest : 64, kind, sizeof kind - 1))
        return 0;
    const uint8_t *last = memmem(from, rest, end, sizeof end - 1);
    if (!last)
        return rest;
    const uint8_t *tail = memmem(last, rest - (size_t)(last - from), kind, sizeof kind - 1);
    return tail ? (size_t)(tail - from) + sizeof kind - 1 : rest;
}

/* What looks like a key of the shape, and is none, has 0 bytes. */
static size_t token_len(const struct oat_redact_text *text, size_t pos, const struct look *look)
{
    size_t len = strlen(look->begin), digits = 0, dots = 0, stretch = 0, longest = 0;
    for (; pos + len < text->len && has_shape(text->at[pos + len], look->shape); len++) {
        uint8_t c = text->at[pos + len];
        digits += is_digit(c);
        dots += c == '.';
        stretch = c == '-' ? 0 : stretch + 1;
        longest = stretch > longest ? stretch : longest;
    }
    bool is_key = len >= look->least;
    switch (look->shape) {
    case SHAPE_EXACT:
    case SHAPE_UPPER:
        is_key = len == look->least && !(pos + len < text->len && oat_redact_is_word(text->at[pos + len]));
        break;
    case SHAPE_JWT:
        is_key = is_key && dots == 2;
        break;
    default:
        is_key = is_key && digits > 0 && longest >= STRETCH_MIN;
    }
    return is_key ? len : 0;
}

/* True where a run of base64 or base64url goes on: pictures and the like are full of what looks like the
 * beginning of a key. A path or words with hyphens before a key are shorter. */
static bool is_inside_base64(const struct oat_redact_text *text, size_t pos)
{
    size_t from = pos;
    while (from > 0 && pos - from < RUN_MIN &&
           (oat_redact_is_word(text->at[from - 1]) || memchr("-+/", text->at[from - 1], 3)))
        from--;
    return pos - from == RUN_MIN;
}

static bool begins_with(const struct oat_redact_text *text, size_t pos, const struct look *look)
{
    if (pos < text->done + look->at)
        return false;
    size_t from = pos - look->at, len = strlen(look->begin);
    return len <= text->len - from && memcmp(text->at + from, look->begin, len) == 0 &&
           oat_redact_begins(text, from) && !is_inside_base64(text, from);
}

bool oat_redact_find_key(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret)
{
    struct looks looks = looks_at(text->at[pos]);
    uint8_t before = pos > 0 ? text->at[pos - 1] : 0;
    for (size_t i = 0; i < looks.count; i++) {
        const struct look *look = &looks.first[i];
        /* Most bytes are told by the one before them. */
        if ((look->at > 0 && before != (uint8_t)look->begin[look->at - 1]) || !begins_with(text, pos, look))
            continue;
        size_t from = pos - look->at;
        size_t whole = look->shape == SHAPE_PEM ? pem_len(text, from) : token_len(text, from, look);
        /* The word that says what follows may stay. */
        size_t kept = look->shape == SHAPE_BEARER ? strlen(look->begin) : 0;
        if (whole > 0) {
            *ret = (struct oat_redact_match){from + kept, whole - kept, "key"};
            return true;
        }
    }
    return false;
}

/* ---- People ---- */

static bool is_local(uint8_t c)
{
    return oat_redact_is_word(c) || memchr(".+-%", c, 4);
}

bool oat_redact_find_email(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret)
{
    size_t from = pos, end = pos + 1, dot = 0;
    while (from > text->done && pos - from < EMAIL_MAX && is_local(text->at[from - 1]))
        from--;
    /* The letter of an escape is not of the name. */
    if (from > 0 && from < pos && text->at[from - 1] == '\\')
        from++;
    for (; end < text->len && end - pos < 4 * EMAIL_MAX; end++) {
        if (text->at[end] == '.' && end > pos + 1 && text->at[end - 1] != '.')
            dot = end;
        else if (!is_alnum(text->at[end]) && text->at[end] != '-')
            break;
    }
    if (from == pos || dot == 0)
        return false;
    if (dot + 1 == end) { /* a full stop behind it */
        end = dot;
        while (--dot > pos && text->at[dot] != '.')
            continue;
    }
    if (dot <= pos || end - dot < 3)
        return false;
    *ret = (struct oat_redact_match){from, end - from, "email"};
    return true;
}

bool oat_redact_find_card(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret)
{
    uint8_t digits[CARD_MAX];
    size_t count = 0, end = pos, i = pos;
    if (!oat_redact_begins(text, pos) || (pos > 0 && memchr(".-", text->at[pos - 1], 2)))
        return false;
    for (; i < text->len && count < CARD_MAX; i++) {
        bool is_gap = (text->at[i] == ' ' || text->at[i] == '-') && i == end && count > 0;
        if (is_gap)
            continue;
        if (!is_digit(text->at[i]))
            break;
        digits[count++] = (uint8_t)(text->at[i] - '0');
        end = i + 1;
    }
    if (count < CARD_MIN || (end < text->len && oat_redact_is_word(text->at[end])))
        return false;
    unsigned sum = 0;
    for (size_t k = 0; k < count; k++) {
        unsigned digit = digits[count - 1 - k] * (k % 2 ? 2u : 1u);
        sum += digit > 9 ? digit - 9 : digit;
    }
    if (sum % 10 != 0 || sum == 0)
        return false;
    *ret = (struct oat_redact_match){pos, end - pos, "card"};
    return true;
}
