/* Adds tokens to their file and takes them out again. A reader sees the file as it was or as it is to be, and
 * that is on the device when a call returns; several processes wait for each other. */
#ifndef OAT_ACCESS_TOKENS_CHANGE_H
#define OAT_ACCESS_TOKENS_CHANGE_H

#include "access/tokens.h"

/* Appends a token's line, and makes the file (0600) and its directory (0700) where they are missing. OAT_OK,
 * or, with *ret_why telling it to people, what oat_tokens_read returns; OAT_E_INVALID: the name is taken. */
int oat_tokens_add(const char *path, const struct oat_token *token, char ret_why[OAT_TOKENS_WHY_SIZE]);

/* Takes the line of a name out, likewise. OAT_NOTFOUND: there is no such name, or no file. */
int oat_tokens_revoke(const char *path, const char *name, char ret_why[OAT_TOKENS_WHY_SIZE]);

#endif
