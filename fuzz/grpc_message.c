/* The body of a gRPC call, then a text for its answer: a message lies within the body, an escaped text is
 * printable. */
#include "fuzz/fuzz.h"

#include "httpd/grpc_message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char escaped[64], text[64];
    const char *message, *body = (const char *)data;
    size_t len;
    bool is_packed;
    if (oat_grpc_unwrap(body, size, &message, &len, &is_packed)) {
        uint8_t prefix[OAT_GRPC_PREFIX_SIZE];
        fuzz_require(message == body + OAT_GRPC_PREFIX_SIZE && len == size - OAT_GRPC_PREFIX_SIZE);
        oat_grpc_prefix(len, prefix);
        fuzz_require(memcmp(prefix + 1, data + 1, sizeof prefix - 1) == 0);
    }
    size_t text_len = size < sizeof text ? size : sizeof text - 1;
    if (text_len > 0)
        memcpy(text, data, text_len);
    text[text_len] = '\0';
    oat_grpc_escape(text, escaped, sizeof escaped);
    fuzz_require(strlen(escaped) < sizeof escaped);
    for (const char *c = escaped; *c; c++)
        fuzz_require(*c >= 0x20 && *c <= 0x7e);
    return 0;
}
