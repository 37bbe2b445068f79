/* The tokens file: who may do what in which project. A line is
 *
 *   NAME ROLE PROJECT CREATED SHA256
 *
 * parted by single spaces: CREATED is a time of RFC 3339, SHA256 that of the token's text in hex; the token
 * itself stands nowhere. Empty lines and lines that begin with '#' are comments. The file must be a regular
 * one of this user or of root that nobody else may read or write. */
#ifndef OAT_ACCESS_TOKENS_H
#define OAT_ACCESS_TOKENS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "access/name.h"
#include "access/role.h"
#include "access/secret.h"

#define OAT_TOKENS_NAME        "tokens" /* of the file in a store's directory */
#define OAT_TOKENS_MAX         10000u
#define OAT_TOKENS_WHY_SIZE    400
#define OAT_TOKEN_CREATED_SIZE 32

struct oat_token {
    char name[OAT_NAME_SIZE];
    char project[OAT_NAME_SIZE];
    char created[OAT_TOKEN_CREATED_SIZE];
    enum oat_role role;
    uint8_t hash[OAT_SECRET_HASH_SIZE];
};

/* In the order of the file; names and hashes are unique. */
struct oat_tokens {
    struct oat_token *rows;
    size_t count;
    struct stat file; /* what was read: it is the same as long as these times are */
};

/* Reads a file. OAT_OK: oat_tokens_free; OAT_NOTFOUND: there is none; OAT_E_IO, OAT_E_CORRUPT, OAT_E_NOMEM.
 * But for OAT_OK, *ret_why tells it to people. */
int oat_tokens_read(const char *path, struct oat_tokens *ret, char ret_why[OAT_TOKENS_WHY_SIZE]);
/* Takes one that is all zeros. */
void oat_tokens_free(struct oat_tokens *tokens);

/* As oat_tokens_read, with the text of the file: free(*ret_text). */
int oat_tokens_read_text(const char *path, struct oat_tokens *ret, char **ret_text, size_t *ret_len,
                         char ret_why[OAT_TOKENS_WHY_SIZE]);

/* The token with this name, or NULL. Borrowed from tokens. */
const struct oat_token *oat_tokens_named(const struct oat_tokens *tokens, const char *name);

/* The token with this hash, or NULL; takes as long for any. Borrowed from tokens. */
const struct oat_token *oat_tokens_find(const struct oat_tokens *tokens,
                                        const uint8_t hash[OAT_SECRET_HASH_SIZE]);

#endif
