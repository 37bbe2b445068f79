/* gzip, piece by piece. */
#ifndef OAT_HTTPD_PACKER_H
#define OAT_HTTPD_PACKER_H

#include "format/json_write.h"

struct oat_packer;

/* NULL: out of memory. It takes some 256 KiB. */
struct oat_packer *oat_packer_new(void);
/* Takes NULL. */
void oat_packer_free(struct oat_packer *packer);

/* Appends bytes, compressed, to out, so that they can be unpacked as soon as they are there; is_last: and the
 * end of the file. Takes some 10 ms for each MiB. False: out of memory. One thread at a time. */
bool oat_packer_put(struct oat_packer *packer, const char *bytes, size_t len, bool is_last,
                    struct oat_json *out);

#endif
