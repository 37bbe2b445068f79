/* Makes small packs: each payload that is not empty is one chunk, and all chunks are one group. */
#ifndef OAT_TESTS_PACK_MAKER_H
#define OAT_TESTS_PACK_MAKER_H

#include "compactor/section_writer.h"

struct oat_made_payload {
    const void *bytes; /* NULL: they are not stored */
    size_t len;
    uint8_t media; /* enum oat_media */
    uint8_t flags; /* OAT_REF_* */
};

/* Writes a pack of that name in a directory. Returns its bytes. Any failure ends the program. */
uint64_t oat_pack_make(int dir_fd, const char *name, const struct oat_section_file *file,
                       const struct oat_made_payload *payloads, size_t count, uint64_t *ret_nonce);

#endif
