/* What gRPC puts around a message and an answer (grpc/doc/PROTOCOL-HTTP2.md). Pure. */
#ifndef OAT_HTTPD_GRPC_MESSAGE_H
#define OAT_HTTPD_GRPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_GRPC_PREFIX_SIZE 5u

enum oat_grpc_code {
    OAT_GRPC_OK = 0,
    OAT_GRPC_INVALID_ARGUMENT = 3,
    OAT_GRPC_PERMISSION_DENIED = 7,
    OAT_GRPC_RESOURCE_EXHAUSTED = 8,
    OAT_GRPC_UNIMPLEMENTED = 12,
    OAT_GRPC_INTERNAL = 13,
    OAT_GRPC_UNAVAILABLE = 14,
    OAT_GRPC_UNAUTHENTICATED = 16,
};

/* The only message of a body, without its prefix; borrowed. False: there is none, more than one, or a part of
 * one. */
bool oat_grpc_unwrap(const char *body, size_t len, const char **ret_message, size_t *ret_len,
                     bool *ret_is_packed);

/* The prefix of a message that is not packed; len below 4 GiB. */
void oat_grpc_prefix(size_t len, uint8_t ret[OAT_GRPC_PREFIX_SIZE]);

/* The code of an HTTP status: clients send again what is UNAVAILABLE, and nothing else. */
enum oat_grpc_code oat_grpc_code_of(int http_status);

/* A text for `grpc-message`: bytes outside printable ASCII, and %, as %XX. Cut where size ends, not within
 * an escape. size: 1 or more. */
void oat_grpc_escape(const char *text, char *ret, size_t size);

#endif
