#include "httpd/represent.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "format/hash.h"
#include "format/ids.h"
#include "httpd/packer.h"

#define GZIP_MIN 1024u /* smaller answers are one packet either way */

/* ---- Headers ------------------------------------------------------------------------------------- */

/* The next element of a list, without the space around it; its end is where commas are. NULL: no more. */
static const char *next_element(const char *text, size_t *ret_len, const char **ret_rest)
{
    text += strspn(text, " \t,");
    if (!*text)
        return NULL;
    size_t len = strcspn(text, ",");
    *ret_rest = text + len;
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    *ret_len = len;
    return text;
}

/* Of the parameters behind a coding: is there a weight, and is it 0? */
static bool is_refused(const char *parameters, size_t len)
{
    const char *weight = memmem(parameters, len, "q=", 2);
    if (!weight)
        return false;
    const char *end = parameters + len;
    for (weight += 2; weight < end && (*weight == '0' || *weight == '.'); weight++)
        continue;
    return weight == end || *weight == ' ' || *weight == ';';
}

bool oat_accepts_gzip(const char *accept_encoding)
{
    const char *rest = accept_encoding ? accept_encoding : "";
    bool any = false;
    size_t len;
    for (const char *one; (one = next_element(rest, &len, &rest)) != NULL;) {
        const char *semicolon = memchr(one, ';', len);
        size_t name_len = semicolon ? (size_t)(semicolon - one) : len;
        while (name_len > 0 && (one[name_len - 1] == ' ' || one[name_len - 1] == '\t'))
            name_len--;
        bool taken = !is_refused(one + name_len, len - name_len);
        if (name_len == 4 && strncasecmp(one, "gzip", 4) == 0)
            return taken;
        if (name_len == 1 && *one == '*')
            any = taken;
    }
    return any;
}

bool oat_names_tag(const char *if_none_match, const char *tag)
{
    const char *rest = if_none_match ? if_none_match : "";
    const char *opaque = strchr(tag, '"');
    size_t len, opaque_len = strlen(opaque);
    for (const char *one; (one = next_element(rest, &len, &rest)) != NULL;) {
        if (len == 1 && *one == '*')
            return true;
        if (len > 2 && memcmp(one, "W/", 2) == 0) {
            one += 2;
            len -= 2;
        }
        if (len == opaque_len && memcmp(one, opaque, len) == 0)
            return true;
    }
    return false;
}

/* ---- Bodies -------------------------------------------------------------------------------------- */

/* The tag is weak, since it says the same of a body and of its compressed form. */
static void give_tag(struct oat_answer *answer)
{
    oat_content_id id = oat_content_id_of(answer->body.bytes, answer->body.len, 0);
    char hex[2 * sizeof id.b + 1];
    oat_hex_print(id.b, sizeof id.b, hex);
    snprintf(answer->tag, sizeof answer->tag, "W/\"%s\"", hex);
}

/* False: out of memory, or it would not be smaller. */
static bool compress_to(const struct oat_json *body, struct oat_json *ret)
{
    struct oat_packer *packer = oat_packer_new();
    *ret = (struct oat_json){0};
    bool done = packer && oat_packer_put(packer, body->bytes, body->len, true, ret) && ret->len < body->len;
    oat_packer_free(packer);
    if (!done)
        oat_json_free(ret);
    return done;
}

void oat_represent(struct oat_answer *answer, const struct oat_forms *forms, size_t max_bytes)
{
    struct oat_json compressed;
    if (answer->tagged && answer->status == 200) {
        give_tag(answer);
        if (oat_names_tag(forms->if_none_match, answer->tag)) {
            answer->status = 304;
            oat_json_clear(&answer->body);
            return;
        }
    }
    if (!forms->gzip || answer->body.len < GZIP_MIN || answer->body.len > max_bytes ||
        !compress_to(&answer->body, &compressed))
        return;
    oat_json_free(&answer->body);
    answer->body = compressed;
    answer->gzip = true;
}
