#include "format/identity.h"

#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"

#define COVERED 120u /* both files: everything before their checksum */

static int check(const void *file, const char *magic, oat_le16 major, oat_le64 checksum,
                 const char **ret_what)
{
    *ret_what = NULL;
    if (memcmp(file, magic, 8) != 0)
        *ret_what = "magic";
    else if (oat_le64_get(checksum) != oat_hash64(file, COVERED, 0))
        *ret_what = "checksum";
    else if (oat_le16_get(major) == 0)
        *ret_what = "major version";
    if (*ret_what)
        return OAT_E_CORRUPT;
    if (oat_le16_get(major) > OAT_FORMAT_MAJOR) {
        *ret_what = "major version";
        return OAT_E_UNSUPPORTED;
    }
    return OAT_OK;
}

void oat_store_file_seal(struct oat_disk_store *store)
{
    store->checksum = oat_le64_of(oat_hash64(store, COVERED, 0));
}

int oat_store_file_check(const struct oat_disk_store *store, const char **ret_what)
{
    return check(store, OAT_MAGIC_STORE, store->major, store->checksum, ret_what);
}

void oat_live_file_seal(struct oat_disk_live *live)
{
    live->checksum = oat_le64_of(oat_hash64(live, COVERED, 0));
}

int oat_live_file_check(const struct oat_disk_live *live, const char **ret_what)
{
    return check(live, OAT_MAGIC_LIVE, live->major, live->checksum, ret_what);
}
