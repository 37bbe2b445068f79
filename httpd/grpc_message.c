#include "httpd/grpc_message.h"

#include <string.h>

bool oat_grpc_unwrap(const char *body, size_t len, const char **ret_message, size_t *ret_len,
                     bool *ret_is_packed)
{
    const unsigned char *prefix = (const unsigned char *)body;
    if (len < OAT_GRPC_PREFIX_SIZE || prefix[0] > 1)
        return false;
    size_t message_len =
        (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4];
    if (message_len != len - OAT_GRPC_PREFIX_SIZE)
        return false;
    *ret_message = body + OAT_GRPC_PREFIX_SIZE;
    *ret_len = message_len;
    *ret_is_packed = prefix[0] == 1;
    return true;
}

void oat_grpc_prefix(size_t len, uint8_t ret[OAT_GRPC_PREFIX_SIZE])
{
    ret[0] = 0;
    for (unsigned i = 1; i < OAT_GRPC_PREFIX_SIZE; i++)
        ret[i] = (uint8_t)(len >> 8 * (OAT_GRPC_PREFIX_SIZE - 1 - i));
}

enum oat_grpc_code oat_grpc_code_of(int http_status)
{
    switch (http_status) {
    case 200:
        return OAT_GRPC_OK;
    case 400:
    case 422:
        return OAT_GRPC_INVALID_ARGUMENT;
    case 401:
        return OAT_GRPC_UNAUTHENTICATED;
    case 403:
        return OAT_GRPC_PERMISSION_DENIED;
    case 413:
        return OAT_GRPC_RESOURCE_EXHAUSTED;
    case 404:
    case 415:
        return OAT_GRPC_UNIMPLEMENTED;
    case 429:
    case 503:
        return OAT_GRPC_UNAVAILABLE;
    default:
        return OAT_GRPC_INTERNAL;
    }
}

void oat_grpc_escape(const char *text, char *ret, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = c >= 0x20 && c <= 0x7e && c != '%';
        if (len + (plain ? 1 : 3) >= size)
            break;
        if (plain) {
            ret[len++] = (char)c;
            continue;
        }
        ret[len++] = '%';
        ret[len++] = digits[c >> 4];
        ret[len++] = digits[c & 15];
    }
    ret[len] = '\0';
}
