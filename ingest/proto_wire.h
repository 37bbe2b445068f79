/* The protobuf wire format: fields of a message, one after the other, each checked against the bytes
 * that are left. Schemas are the caller's. */
#ifndef OAT_INGEST_PROTO_WIRE_H
#define OAT_INGEST_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oat_wire {
    OAT_WIRE_VARINT = 0,
    OAT_WIRE_FIXED64 = 1,
    OAT_WIRE_BYTES = 2,
    OAT_WIRE_GROUP = 3,
    OAT_WIRE_GROUP_END = 4,
    OAT_WIRE_FIXED32 = 5,
};

struct oat_wire_bytes {
    const uint8_t *at, *end;
};

struct oat_wire_field {
    uint32_t number;
    enum oat_wire wire;
    uint64_t value;              /* of numbers */
    struct oat_wire_bytes bytes; /* of OAT_WIRE_BYTES */
};

/* What is malformed, and where in the whole input. */
struct oat_wire_error {
    const uint8_t *start; /* of the input */
    const char *what;     /* NULL: nothing yet; the first one is kept */
    size_t at;
};

/* Notes what is malformed. Always false. */
bool oat_wire_fail(struct oat_wire_error *error, const uint8_t *at, const char *what);

/* The next field of a message; groups are passed over. False at the end, and when the message is
 * malformed (error->what). */
bool oat_wire_next(struct oat_wire_error *error, struct oat_wire_bytes *message, struct oat_wire_field *ret);

#endif
