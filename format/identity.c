#include "format/identity.h"

#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"

#include <inttypes.h>
#include <stdio.h>

#define MAJOR_OFFSET    8u
#define CHECKSUM_OFFSET 120u /* both files: it covers everything before it */

static void fill(struct oat_identity_fault *fault, const char *what, uint64_t offset)
{
    fault->what = what;
    fault->offset = offset;
}

/* Eight bytes as they are, but for those that are not printable: \xNN. */
static void print_magic(const uint8_t *magic, char ret[40])
{
    for (size_t i = 0; i < 8; i++)
        ret += sprintf(ret, magic[i] >= ' ' && magic[i] <= '~' ? "%c" : "\\x%02x", magic[i]);
}

static int check(const void *file, const char *magic, oat_le16 major, oat_le64 checksum,
                 struct oat_identity_fault *fault)
{
    struct oat_identity_fault unwanted;
    struct oat_identity_fault *f = fault ? fault : &unwanted;
    uint64_t right = oat_hash64(file, CHECKSUM_OFFSET, 0), stored = oat_le64_get(checksum);
    unsigned found_major = oat_le16_get(major);

    if (memcmp(file, magic, 8) != 0) {
        fill(f, "magic", 0);
        print_magic((const uint8_t *)magic, f->expected);
        print_magic(file, f->found);
        return OAT_E_CORRUPT;
    }
    if (stored != right) {
        fill(f, "checksum", CHECKSUM_OFFSET);
        snprintf(f->expected, sizeof f->expected, "%016" PRIx64, right);
        snprintf(f->found, sizeof f->found, "%016" PRIx64, stored);
        return OAT_E_CORRUPT;
    }
    if (found_major >= 1 && found_major <= OAT_FORMAT_MAJOR)
        return OAT_OK;
    fill(f, "major version", MAJOR_OFFSET);
    snprintf(f->expected, sizeof f->expected, "%u", OAT_FORMAT_MAJOR);
    snprintf(f->found, sizeof f->found, "%u", found_major);
    return found_major == 0 ? OAT_E_CORRUPT : OAT_E_UNSUPPORTED;
}

void oat_store_file_seal(struct oat_disk_store *store)
{
    store->checksum = oat_le64_of(oat_hash64(store, CHECKSUM_OFFSET, 0));
}

int oat_store_file_check(const struct oat_disk_store *store, struct oat_identity_fault *fault)
{
    return check(store, OAT_MAGIC_STORE, store->major, store->checksum, fault);
}

void oat_live_file_seal(struct oat_disk_live *live)
{
    live->checksum = oat_le64_of(oat_hash64(live, CHECKSUM_OFFSET, 0));
}

int oat_live_file_check(const struct oat_disk_live *live, struct oat_identity_fault *fault)
{
    return check(live, OAT_MAGIC_LIVE, live->major, live->checksum, fault);
}
