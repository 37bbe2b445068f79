/* What opens the door: 32 random bytes as text, of which a server keeps a hash only. */
#ifndef OAT_ACCESS_SECRET_H
#define OAT_ACCESS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_TOKEN_PREFIX     "oat_"
#define OAT_SECRET_SIZE      64 /* of the text, with a prefix and the NUL */
#define OAT_SECRET_HASH_SIZE 32

/* Makes a secret: prefix (of OAT_SECRET_SIZE - 53 bytes at most), then 32 bytes of the kernel's random
 * generator in base32 (RFC 4648) of lower case without padding. False, with errno: there are none. */
bool oat_secret_new(const char *prefix, char ret_text[OAT_SECRET_SIZE]);

/* SHA-256 of a text. False: out of memory. */
bool oat_secret_hash(const char *text, size_t len, uint8_t ret_hash[OAT_SECRET_HASH_SIZE]);

/* Compares in a time that does not depend on where they differ. */
bool oat_secret_hash_equal(const uint8_t a[OAT_SECRET_HASH_SIZE], const uint8_t b[OAT_SECRET_HASH_SIZE]);

#endif
