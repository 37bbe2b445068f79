#include "access/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_BYTES 32u
#define DIGIT_BITS   5u

/* The last digit of 32 bytes has 1 bit of them. */
static void print_base32(const uint8_t *bytes, size_t len, char *ret)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    unsigned held = 0, bits = 0;
    for (size_t i = 0; i < len; i++) {
        held = held << 8 | bytes[i];
        bits += 8;
        for (; bits >= DIGIT_BITS; bits -= DIGIT_BITS)
            *ret++ = digits[held >> (bits - DIGIT_BITS) & 31];
    }
    if (bits > 0)
        *ret++ = digits[held << (DIGIT_BITS - bits) & 31];
    *ret = '\0';
}

bool oat_secret_new(const char *prefix, char ret_text[OAT_SECRET_SIZE])
{
    uint8_t bytes[RANDOM_BYTES];
    size_t prefix_len = strlen(prefix);
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    memcpy(ret_text, prefix, prefix_len);
    print_base32(bytes, sizeof bytes, ret_text + prefix_len);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return true;
}

bool oat_secret_hash(const char *text, size_t len, uint8_t ret_hash[OAT_SECRET_HASH_SIZE])
{
    return EVP_Digest(text, len, ret_hash, NULL, EVP_sha256(), NULL) == 1;
}

bool oat_secret_hash_equal(const uint8_t a[OAT_SECRET_HASH_SIZE], const uint8_t b[OAT_SECRET_HASH_SIZE])
{
    return CRYPTO_memcmp(a, b, OAT_SECRET_HASH_SIZE) == 0;
}
