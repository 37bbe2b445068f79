/* make_pack STORE: puts the payloads of a store's pairs into STORE/test.pack and prints, for each payload of
 * a span: span id, field, number in the pack. */
#include "format/ids.h"
#include "tests/support/packed.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static const char *const fields[OAT_RECORD_PAYLOADS] = {"input", "output", "attributes", "error"};
    struct oat_packed packed;
    char hex[17];
    if (argc != 2) {
        fprintf(stderr, "usage: make_pack STORE\n");
        return 2;
    }
    oat_packed_open(&packed, argv[1]);
    oat_packed_make(&packed, 2, UINT64_C(16) << 20, 1);
    for (size_t i = 0; i < packed.count; i++) {
        const struct oat_packed_payload *payload = &packed.payloads[i];
        if (payload->number == 0)
            continue;
        oat_hex_print(payload->span_id, sizeof payload->span_id, hex);
        printf("%s %s %u\n", hex, fields[i % OAT_RECORD_PAYLOADS], payload->number - 1);
    }
    oat_packed_close(&packed);
    return 0;
}
