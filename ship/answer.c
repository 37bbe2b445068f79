#include "ship/answer.h"

#include "format/json_check.h"
#include "format/json_scan.h"
#include "format/limits.h"

#include <stdlib.h>
#include <string.h>

/* The value of a member of the object that begins at pos. False: there is none. */
static bool find(const char *text, size_t len, size_t pos, const char *name, size_t *ret_at, size_t *ret_len)
{
    size_t at = oat_json_skip_space(text, len, pos + 1);
    while (at < len && text[at] == '"') {
        size_t key = at + 1, key_len = oat_json_value_len(text, len, at);
        at = oat_json_skip_space(text, len, at + key_len);
        if (key_len < 2 || at >= len || text[at] != ':')
            return false;
        at = oat_json_skip_space(text, len, at + 1);
        size_t value_len = oat_json_value_len(text, len, at);
        if (value_len == 0)
            return false;
        if (key_len - 2 == strlen(name) && memcmp(text + key, name, key_len - 2) == 0) {
            *ret_at = at;
            *ret_len = value_len;
            return true;
        }
        at = oat_json_skip_space(text, len, at + value_len);
        if (at < len && text[at] == ',')
            at = oat_json_skip_space(text, len, at + 1);
    }
    return false;
}

static bool get_bool(const char *text, size_t len, const char *name)
{
    size_t at, value_len;
    return find(text, len, 0, name, &at, &value_len) && value_len == 4 && memcmp(text + at, "true", 4) == 0;
}

/* 0: there is none, or it is greater than max. */
static uint64_t get_number(const char *text, size_t len, const char *name, uint64_t max)
{
    size_t at, value_len;
    uint64_t number = 0;
    if (!find(text, len, 0, name, &at, &value_len) || value_len > 15)
        return 0;
    for (size_t i = at; i < at + value_len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= max ? number : 0;
}

/* A text of the error, in its quotes. False: there is none. */
static bool find_in_error(const char *text, size_t len, const char *name, size_t *ret_at, size_t *ret_len)
{
    size_t error, error_len;
    return find(text, len, 0, "error", &error, &error_len) && text[error] == '{' &&
           find(text, error + error_len, error, name, ret_at, ret_len) && text[*ret_at] == '"';
}

static bool is_of_code(const char *text, size_t len, const char *code)
{
    size_t at, value_len;
    return find_in_error(text, len, "code", &at, &value_len) && value_len == strlen(code) + 2 &&
           memcmp(text + at + 1, code, strlen(code)) == 0;
}

/* It goes to a terminal, and is for people: what needs an escape becomes '?'. */
static void get_message(const char *text, size_t len, char ret[OAT_SHIP_MESSAGE_SIZE])
{
    size_t at, value_len, kept = 0;
    if (!find_in_error(text, len, "message", &at, &value_len))
        return;
    for (size_t i = at + 1; i + 1 < at + value_len && kept + 1 < OAT_SHIP_MESSAGE_SIZE; i++)
        ret[kept++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    ret[kept] = '\0';
}

bool oat_ship_answer_parse(const char *text, size_t len, struct oat_ship_answer *ret)
{
    struct oat_ship_answer answer = {0};
    size_t at, value_len;
    if (len == 0 || text[0] != '{' || !oat_json_is_valid(text, len))
        return false;
    answer.complete = get_bool(text, len, "complete");
    answer.ended = get_bool(text, len, "ended");
    answer.blob_bytes = get_number(text, len, "blob_bytes", OAT_BLOBS_FILE_MAX);
    answer.slots = (uint32_t)get_number(text, len, "slots", OAT_SLOTS_MAX);
    bool has_ranges = find(text, len, 0, "ranges", &at, &value_len) && value_len > 2;
    answer.is_empty = !answer.complete && answer.slots == 0 && !has_ranges;
    answer.is_own = is_of_code(text, len, "own_segment");
    get_message(text, len, answer.message);
    *ret = answer;
    return true;
}
