#include "redact/named.h"

#include <string.h>

#define NAME_MAX_LEN 64u
#define PLAIN_MIN    8u    /* bytes of a value without quotes: prose is not redacted */
#define JUDGED_MAX   1024u /* bytes of such a value that are looked at */
#define TOKEN_MIN    16u   /* what is merely called a token may be a word of a text */

/* Without '-', '_', '.' and blanks, in lower case. */
static const char *const endings[] = {
    "apikey",      "password",    "passwd",       "passphrase", "secret",        "secretkey", "accesskey",
    "privatekey",  "accesstoken", "authtoken",    "authkey",    "refreshtoken",  "idtoken",   "sessiontoken",
    "bearertoken", "apitoken",    "clientsecret", "signingkey", "authorization", "setcookie",
};

static const char token_name[] = "token", cookie_name[] = "cookie";

/* How a name is told. */
enum secrecy { OPEN_NAME, SECRET_NAME, TOKEN_NAME };

/* Most names are told by their last two letters. */
static bool may_be_secret(const uint8_t *name, size_t len)
{
    if (len < 2)
        return false;
    switch ((name[len - 2] | 0x20) << 8 | (name[len - 1] | 0x20)) {
    case 'e' << 8 | 'y':
    case 'r' << 8 | 'd':
    case 'w' << 8 | 'd':
    case 's' << 8 | 'e':
    case 'e' << 8 | 't':
    case 'e' << 8 | 'n':
    case 'o' << 8 | 'n':
    case 'i' << 8 | 'e':
        return true;
    default:
        return false;
    }
}

static enum secrecy secrecy_of(const uint8_t *name, size_t len)
{
    char plain[NAME_MAX_LEN];
    size_t n = 0;
    if (!may_be_secret(name, len))
        return OPEN_NAME;
    if (len > NAME_MAX_LEN) {
        name += len - NAME_MAX_LEN;
        len = NAME_MAX_LEN;
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t c = name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i];
        if (!memchr("-_. ", c, 4))
            plain[n++] = (char)c;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        if (n >= end && memcmp(plain + n - end, endings[i], end) == 0)
            return SECRET_NAME;
    }
    if (n == sizeof cookie_name - 1 && memcmp(plain, cookie_name, n) == 0)
        return SECRET_NAME;
    return n == sizeof token_name - 1 && memcmp(plain, token_name, n) == 0 ? TOKEN_NAME : OPEN_NAME;
}

bool oat_redact_is_secret_name(const char *name, size_t len)
{
    return secrecy_of((const uint8_t *)name, len) != OPEN_NAME;
}

/* ---- In texts ---- */

static bool is_name(uint8_t c)
{
    return oat_redact_is_word(c) || c == '-' || c == '.';
}

static bool is_quote(uint8_t c)
{
    return c == '"' || c == '\'';
}

/* The name that ends before the blanks before pos, and how it is quoted: by a quote behind so many
 * backslashes. */
struct name {
    size_t from, end;
    uint8_t quote; /* 0: none */
    size_t escapes;
};

static bool find_name(const struct oat_redact_text *text, size_t pos, struct name *ret)
{
    size_t end = pos;
    *ret = (struct name){0};
    while (end > text->done && text->at[end - 1] == ' ')
        end--;
    if (end > text->done && is_quote(text->at[end - 1])) {
        ret->quote = text->at[--end];
        for (; end > text->done && text->at[end - 1] == '\\'; end--)
            ret->escapes++;
    }
    ret->from = ret->end = end;
    while (ret->from > text->done && end - ret->from < NAME_MAX_LEN && is_name(text->at[ret->from - 1]))
        ret->from--;
    /* The letter of an escape is not of the name. */
    if (!ret->quote && ret->from > 0 && ret->from < end && text->at[ret->from - 1] == '\\')
        ret->from++;
    return ret->from < end;
}

static size_t count_escapes(const struct oat_redact_text *text, size_t at)
{
    size_t n = 0;
    while (at + n < text->len && text->at[at + n] == '\\')
        n++;
    return n;
}

/* A string behind its opening quote: to the next quote behind no more backslashes than that one had. */
static size_t quoted_end(const struct oat_redact_text *text, size_t from, uint8_t quote, size_t escapes)
{
    for (size_t at = from; at < text->len;) {
        size_t n = count_escapes(text, at);
        if (at + n < text->len && text->at[at + n] == quote && n <= escapes)
            return at;
        at += n + 1;
    }
    return text->len;
}

static size_t plain_end(const struct oat_redact_text *text, size_t at, size_t most)
{
    size_t last = most < text->len - at ? at + most : text->len;
    while (at < last && text->at[at] > ' ' && !memchr("\"'\\&,;<>)]}", text->at[at], 11))
        at++;
    return at;
}

static bool is_like_a_key(const struct oat_redact_text *text, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (text->at[i] >= '0' && text->at[i] <= '9')
            return end - from >= PLAIN_MIN;
    return false;
}

/* Of "Basic dXNlcjpw" the second word is the secret. */
static size_t skip_scheme(const struct oat_redact_text *text, size_t from)
{
    static const char *const schemes[] = {"Basic ", "Bearer ", "Digest ", "Token ", "basic ", "bearer "};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i]);
        if (len < text->len - from && memcmp(text->at + from, schemes[i], len) == 0)
            return from + len;
    }
    return from;
}

/* Whoever made the text has taken the secret out already. */
static bool is_marker(const struct oat_redact_text *text, size_t from, size_t end)
{
    static const char marker[] = "[redacted";
    return end - from >= sizeof marker - 1 && memcmp(text->at + from, marker, sizeof marker - 1) == 0;
}

bool oat_redact_find_named(const struct oat_redact_text *text, size_t pos, struct oat_redact_match *ret)
{
    struct name name;
    if (!find_name(text, pos, &name))
        return false;
    enum secrecy secrecy = secrecy_of(text->at + name.from, name.end - name.from);
    if (secrecy == OPEN_NAME)
        return false;
    size_t from = pos + 1, end;
    while (from < text->len && text->at[from] == ' ')
        from++;
    size_t escapes = count_escapes(text, from);
    bool quoted = from + escapes < text->len && is_quote(text->at[from + escapes]);
    if (quoted) {
        uint8_t quote = text->at[from + escapes];
        from += escapes + 1;
        end = quoted_end(text, from, quote, escapes);
    } else {
        from = skip_scheme(text, from);
        if (!is_like_a_key(text, from, plain_end(text, from, JUDGED_MAX)))
            return false;
        end = plain_end(text, from, SIZE_MAX);
    }
    if (end == from || (secrecy == TOKEN_NAME && end - from < TOKEN_MIN) || is_marker(text, from, end))
        return false;
    *ret = (struct oat_redact_match){from, end - from, "secret"};
    return true;
}
