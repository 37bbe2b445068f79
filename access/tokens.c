#include "access/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/ids.h"
#include "format/time_text.h"
#include "oat/oat.h"

#define TEXT_MAX  (OAT_TOKENS_MAX * 300u) /* bytes of a file */
#define WORDS     5u
#define WORD_SIZE 80u

/* ---- Lines --------------------------------------------------------------------------------------- */

/* False: it is no line of a token. */
static bool parse_line(const char *line, size_t len, struct oat_token *ret)
{
    char words[WORDS][WORD_SIZE];
    struct oat_token token = {0};
    uint64_t created_ns;
    for (size_t i = 0; i < WORDS; i++) {
        const char *space = i + 1 < WORDS ? memchr(line, ' ', len) : line + len;
        size_t word_len = space ? (size_t)(space - line) : WORD_SIZE;
        if (word_len >= WORD_SIZE)
            return false;
        memcpy(words[i], line, word_len);
        words[i][word_len] = '\0';
        len -= i + 1 < WORDS ? word_len + 1 : word_len;
        line = space + 1;
    }
    if (!oat_name_is_good(words[0]) || !oat_role_parse(words[1], &token.role) ||
        !oat_name_is_good(words[2]) || strlen(words[3]) >= sizeof token.created ||
        !oat_time_parse(words[3], strlen(words[3]), &created_ns) ||
        !oat_hex_parse(words[4], strlen(words[4]), token.hash, sizeof token.hash))
        return false;
    strcpy(token.name, words[0]);
    strcpy(token.project, words[2]);
    strcpy(token.created, words[3]);
    *ret = token;
    return true;
}

const struct oat_token *oat_tokens_named(const struct oat_tokens *tokens, const char *name)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->rows[i].name, name) == 0)
            return &tokens->rows[i];
    return NULL;
}

/* Appends a line's token, if it has one. NULL, or what is wrong with the line. */
static const char *take_line(struct oat_tokens *tokens, const char *line, size_t len)
{
    struct oat_token *token = &tokens->rows[tokens->count];
    if (len == 0 || *line == '#')
        return NULL;
    if (!parse_line(line, len, token))
        return "expected NAME ROLE PROJECT CREATED SHA256";
    if (oat_tokens_named(tokens, token->name))
        return "the name is given twice";
    if (oat_tokens_find(tokens, token->hash))
        return "the token is given twice";
    tokens->count++;
    return NULL;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 1;
    for (const char *end = text + len; (text = memchr(text, '\n', (size_t)(end - text))); text++)
        count++;
    return count;
}

static int parse(const char *path, const char *text, size_t len, struct oat_tokens *tokens, char *ret_why)
{
    size_t lines = count_lines(text, len);
    if (lines > OAT_TOKENS_MAX) {
        snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s: more than %u lines", path, OAT_TOKENS_MAX);
        return OAT_E_CORRUPT;
    }
    tokens->rows = calloc(lines, sizeof *tokens->rows);
    if (!tokens->rows)
        return OAT_E_NOMEM;
    for (size_t number = 1, at = 0; at < len; number++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end ? (size_t)(end - text) - at : len - at;
        const char *wrong = take_line(tokens, text + at, line_len);
        if (wrong) {
            snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s:%zu: %s", path, number, wrong);
            return OAT_E_CORRUPT;
        }
        at += line_len + 1;
    }
    return OAT_OK;
}

/* ---- The file ------------------------------------------------------------------------------------ */

static int tell_errno(const char *path, char *ret_why)
{
    int error = errno;
    snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s: %s", path, strerror(error));
    errno = error;
    return error == ENOENT ? OAT_NOTFOUND : OAT_E_IO;
}

/* Whoever else may write to it could let himself in. */
static int check_file(const char *path, const struct stat *file, char *ret_why)
{
    const char *wrong = NULL;
    if (!S_ISREG(file->st_mode))
        wrong = "not a regular file";
    else if (file->st_uid != geteuid() && file->st_uid != 0)
        wrong = "it belongs to another user";
    else if ((file->st_mode & 077) != 0)
        wrong = "others than its owner may read or write it: chmod 600";
    else if (file->st_size > (off_t)TEXT_MAX)
        wrong = "too large";
    if (wrong)
        snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s: %s", path, wrong);
    return wrong ? OAT_E_IO : OAT_OK;
}

/* Reads it whole: free(*ret). */
static int read_text(const char *path, struct stat *ret_file, char **ret, size_t *ret_len, char *ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return tell_errno(path, ret_why);
    char *text = NULL;
    size_t len = 0, size = 0;
    ssize_t n = 0;
    int result = fstat(fd, ret_file) == 0 ? check_file(path, ret_file, ret_why) : tell_errno(path, ret_why);
    if (result == OAT_OK) {
        size = (size_t)ret_file->st_size;
        text = malloc(size + 1);
        result = text ? OAT_OK : OAT_E_NOMEM;
    }
    while (result == OAT_OK && len < size && (n = read(fd, text + len, size - len)) > 0)
        len += (size_t)n;
    if (n < 0)
        result = tell_errno(path, ret_why);
    close(fd);
    if (result != OAT_OK) {
        free(text);
        return result;
    }
    *ret = text;
    *ret_len = len;
    return OAT_OK;
}

int oat_tokens_read_text(const char *path, struct oat_tokens *ret, char **ret_text, size_t *ret_len,
                         char ret_why[OAT_TOKENS_WHY_SIZE])
{
    struct oat_tokens tokens = {0};
    char *text = NULL;
    size_t len = 0;
    snprintf(ret_why, OAT_TOKENS_WHY_SIZE, "%s: %s", path, oat_result_text(OAT_E_NOMEM));
    int result = read_text(path, &tokens.file, &text, &len, ret_why);
    if (result == OAT_OK)
        result = parse(path, text, len, &tokens, ret_why);
    if (result != OAT_OK) {
        oat_tokens_free(&tokens);
        free(text);
        return result;
    }
    *ret = tokens;
    *ret_text = text;
    *ret_len = len;
    return OAT_OK;
}

int oat_tokens_read(const char *path, struct oat_tokens *ret, char ret_why[OAT_TOKENS_WHY_SIZE])
{
    char *text;
    size_t len;
    int result = oat_tokens_read_text(path, ret, &text, &len, ret_why);
    if (result == OAT_OK)
        free(text);
    return result;
}

void oat_tokens_free(struct oat_tokens *tokens)
{
    free(tokens->rows);
    *tokens = (struct oat_tokens){0};
}

const struct oat_token *oat_tokens_find(const struct oat_tokens *tokens,
                                        const uint8_t hash[OAT_SECRET_HASH_SIZE])
{
    const struct oat_token *found = NULL;
    for (size_t i = 0; i < tokens->count; i++)
        if (oat_secret_hash_equal(tokens->rows[i].hash, hash))
            found = &tokens->rows[i];
    return found;
}
