#include "writer/split.h"

#include "format/json_scan.h"
#include "media/lift.h"

#include <string.h>

/* An element below this is cheaper repeated inside recipes than as a chunk of its own. */
#define ELEMENT_MIN 24u
/* A member of the outermost object that is worth a chunk of its own. */
#define MEMBER_MIN 256u
/* An object below this is one piece, whatever is in it. */
#define OBJECT_MIN 1024u

enum mode {
    MODE_START,
    MODE_OBJECT, /* between members of the outermost object */
    MODE_ARRAY,  /* between elements of an array of messages */
    MODE_REST,   /* no structure from here on */
};

void oat_split_start(struct oat_split *split, const struct oat_cutter *cutter, const void *text, size_t len)
{
    *split = (struct oat_split){.cutter = cutter, .text = text, .len = len, .mode = MODE_START};
}

void oat_split_resume(struct oat_split *split, const void *text, size_t len)
{
    split->text = text;
    split->len = len;
}

static size_t skip_space(const struct oat_split *s, size_t at)
{
    return oat_json_skip_space((const char *)s->text, s->len, at);
}

static size_t value_len(const struct oat_split *s, size_t at)
{
    return oat_json_value_len((const char *)s->text, s->len, at);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_at(const struct oat_split *s, size_t at, uint8_t c)
{
    return at < s->len && s->text[at] == c;
}

/* Moves *at behind the comma that stands between two entries; not before the first one. */
static bool pass_comma(struct oat_split *s, size_t *at)
{
    *at = skip_space(s, *at);
    if (!s->first) {
        if (!is_at(s, *at, ','))
            return false;
        *at = skip_space(s, *at + 1);
    }
    s->first = false;
    return *at < s->len;
}

/* Everything up to the end of the text is one area without structure. */
static void take_rest(struct oat_split *s)
{
    s->mode = MODE_REST;
    s->area_end = s->len;
}

/* The area is the gap up to `at`; behind it comes an element of n bytes. */
static void take_element(struct oat_split *s, size_t at, size_t n, bool message)
{
    s->area_end = at;
    s->element_end = at + n;
    s->is_element = message;
    s->elements += message;
}

/* Members of the outermost object: arrays that grow from call to call, and what stays the same. */
static const char *const growing[] = {"messages", "input", "contents", NULL};
static const char *const constant[] = {"system", "tools", NULL};

static bool key_is(const struct oat_split *s, size_t at, size_t len, const char *const *names)
{
    for (; *names; names++)
        if (len == strlen(*names) + 2 && memcmp(s->text + at + 1, *names, len - 2) == 0)
            return true;
    return false;
}

/* Is there an array under one of the growing keys, at any depth? Most objects are single messages
 * or tool results; a look at their brackets saves reading them as JSON. */
static bool may_hold_messages(const struct oat_split *s)
{
    const uint8_t *bracket = s->text;
    while ((bracket = memchr(bracket, '[', s->len - (size_t)(bracket - s->text)))) {
        size_t end = (size_t)(bracket++ - s->text);
        while (end > 0 && is_space(s->text[end - 1]))
            end--;
        if (end == 0 || s->text[--end] != ':')
            continue;
        while (end > 0 && is_space(s->text[end - 1]))
            end--;
        for (const char *const *name = growing; *name; name++) {
            size_t len = strlen(*name) + 2;
            if (end >= len && s->text[end - 1] == '"' && key_is(s, end - len, len, growing))
                return true;
        }
    }
    return false;
}

/* Reads the next member of the outermost object at *at. True when the area is settled. */
static bool walk_object(struct oat_split *s, size_t *at)
{
    size_t key = *at;
    if (!pass_comma(s, &key) || !is_at(s, key, '"'))
        return take_rest(s), true;
    size_t key_len = value_len(s, key);
    size_t value = skip_space(s, key + key_len);
    if (key_len == 0 || !is_at(s, value, ':'))
        return take_rest(s), true;
    value = skip_space(s, value + 1);

    if (is_at(s, value, '[') && key_is(s, key, key_len, growing)) {
        s->mode = MODE_ARRAY;
        s->in_object = s->first = true;
        *at = value + 1;
        return false;
    }
    size_t n = value_len(s, value);
    if (n == 0)
        return take_rest(s), true;
    *at = value + n;
    if (n < MEMBER_MIN || !key_is(s, key, key_len, constant))
        return false;
    take_element(s, value, n, false);
    return true;
}

/* Reads the next element of an array of messages at *at. True when the area is settled. */
static bool walk_array(struct oat_split *s, size_t *at)
{
    size_t value = skip_space(s, *at);
    if (is_at(s, value, ']')) {
        if (!s->in_object)
            return take_rest(s), true;
        s->mode = MODE_OBJECT;
        s->first = false;
        *at = value + 1;
        return false;
    }
    if (!pass_comma(s, at) || s->elements >= OAT_SPLIT_ELEMENTS)
        return take_rest(s), true;
    size_t n = value_len(s, *at);
    if (n == 0)
        return take_rest(s), true;
    value = *at;
    *at = value + n;
    if (n < ELEMENT_MIN || s->text[value] != '{')
        return false;
    take_element(s, value, n, true);
    return true;
}

/* Finds the next gap, and the element behind it if there is one. */
static void next_area(struct oat_split *s)
{
    size_t at = s->pos;
    bool settled = false;
    if (s->mode == MODE_START) {
        at = skip_space(s, at);
        s->first = true;
        s->mode = MODE_REST;
        if (is_at(s, at, '['))
            s->mode = MODE_ARRAY;
        else if (s->len >= OBJECT_MIN && is_at(s, at, '{') && may_hold_messages(s))
            s->mode = MODE_OBJECT;
        at++;
    }
    while (!settled) {
        if (s->mode == MODE_OBJECT)
            settled = walk_object(s, &at);
        else if (s->mode == MODE_ARRAY)
            settled = walk_array(s, &at);
        else
            take_rest(s), settled = true;
    }
}

static void find_media(struct oat_split *s, size_t from)
{
    s->media_pos = SIZE_MAX;
    if (s->area_end - from >= OAT_MEDIA_MIN)
        oat_media_find(s->text, from, s->area_end, &s->media_pos, &s->media_len);
}

/* The next piece of the area, which is not at its end. */
static void cut_area(struct oat_split *s, struct oat_piece *ret)
{
    ret->pos = s->pos;
    if (s->pos == s->media_pos) {
        ret->kind = OAT_PIECE_MEDIA;
        ret->len = s->media_len;
        s->pos += ret->len;
        find_media(s, s->pos);
        return;
    }
    if (s->pos >= s->part_end) {
        s->part_end = s->media_pos < s->area_end ? s->media_pos : s->area_end;
        s->by_content = s->part_end - s->pos > OAT_SPLIT_WHOLE_MAX;
    }
    ret->len = s->part_end - s->pos;
    if (s->by_content)
        ret->len = oat_cut_next(s->cutter, s->text + s->pos, ret->len);
    ret->kind = ret->len < ELEMENT_MIN ? OAT_PIECE_LITERAL : OAT_PIECE_CHUNK;
    s->pos += ret->len;
}

bool oat_split_next(struct oat_split *split, struct oat_piece *ret)
{
    struct oat_split *s = split;
    if (s->pos == s->len)
        return false;
    *ret = (struct oat_piece){0};

    if (s->pos >= s->area_end) {
        if (s->element_end > s->pos) {
            s->area_end = s->element_end;
        } else {
            next_area(s);
            if (s->area_end > s->pos && s->area_end - s->pos < OAT_SPLIT_LITERAL_MAX) {
                ret->pos = s->pos;
                ret->len = s->area_end - s->pos;
                s->pos = s->area_end;
                return true;
            }
            if (s->area_end == s->pos)
                s->area_end = s->element_end;
        }
        find_media(s, s->pos);
    }
    cut_area(s, ret);
    ret->ends_element = s->is_element && s->pos == s->element_end;
    return true;
}
