#include "format/pair_header.h"

#include "format/hash.h"
#include "format/limits.h"
#include "oat/oat.h"

void oat_pair_header_seal(struct oat_disk_pair_header *header)
{
    header->checksum = oat_le64_of(oat_hash64(header, offsetof(struct oat_disk_pair_header, checksum), 0));
}

static int wrong(const char **ret_what, const char *what, int result)
{
    if (ret_what)
        *ret_what = what;
    return result;
}

int oat_pair_header_check(const struct oat_disk_pair_header *header, const char *magic, const char **ret_what)
{
    bool spans = memcmp(magic, OAT_MAGIC_SPANS, sizeof header->magic) == 0;

    if (memcmp(header->magic, magic, sizeof header->magic) != 0)
        return wrong(ret_what, "magic", OAT_E_CORRUPT);
    if (oat_le64_get(header->checksum) !=
        oat_hash64(header, offsetof(struct oat_disk_pair_header, checksum), 0))
        return wrong(ret_what, "checksum", OAT_E_CORRUPT);
    if (oat_le16_get(header->major) > OAT_FORMAT_MAJOR)
        return wrong(ret_what, "major version", OAT_E_UNSUPPORTED);
    if (oat_le16_get(header->major) == 0)
        return wrong(ret_what, "major version", OAT_E_CORRUPT);
    if (oat_le32_get(header->header_size) != (spans ? OAT_SPANS_HEADER_SIZE : OAT_BLOBS_HEADER_SIZE))
        return wrong(ret_what, "header size", OAT_E_CORRUPT);
    if (oat_le32_get(header->slot_size) != (spans ? OAT_SLOT_SIZE : 0))
        return wrong(ret_what, "slot size", OAT_E_CORRUPT);
    return OAT_OK;
}

/* Both records are 24 bytes of fields and their checksum. */
static uint64_t record_checksum(const void *record, uint64_t nonce)
{
    return oat_hash64(record, offsetof(struct oat_disk_durable, checksum), nonce);
}

void oat_durable_seal(struct oat_disk_durable *record, uint64_t nonce)
{
    record->checksum = oat_le64_of(record_checksum(record, nonce));
}

static bool durable_valid(const struct oat_disk_durable *record, uint64_t nonce)
{
    return oat_le64_get(record->flush_seq) > 0 && oat_le64_get(record->slots) <= OAT_SLOTS_MAX &&
           oat_le64_get(record->checksum) == record_checksum(record, nonce);
}

const struct oat_disk_durable *oat_durable_newest(const struct oat_disk_durable *a,
                                                  const struct oat_disk_durable *b, uint64_t nonce)
{
    bool a_valid = durable_valid(a, nonce);
    bool b_valid = durable_valid(b, nonce);

    if (a_valid && b_valid)
        return oat_le64_get(a->flush_seq) > oat_le64_get(b->flush_seq) ? a : b;
    if (a_valid)
        return a;
    return b_valid ? b : NULL;
}

void oat_seal_seal(struct oat_disk_seal *record, uint64_t nonce)
{
    record->checksum = oat_le64_of(record_checksum(record, nonce));
}

bool oat_seal_check(const struct oat_disk_seal *record, uint64_t nonce)
{
    return oat_le64_get(record->sealed_ns) > 0 && oat_le64_get(record->slots) <= OAT_SLOTS_MAX &&
           oat_le64_get(record->checksum) == record_checksum(record, nonce);
}
