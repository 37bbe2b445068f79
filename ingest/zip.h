/* Reads files out of a zip archive in memory. Stored and deflated entries; no encryption, no zip64.
 * Everything in the archive is hostile: offsets, sizes and names are checked before use. */
#ifndef OAT_INGEST_ZIP_H
#define OAT_INGEST_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oat_zip {
    const uint8_t *data;
    size_t len;
    size_t directory, directory_end; /* of the central directory */
    size_t at;                       /* of the next entry in it */
};

struct oat_zip_entry {
    const char *name; /* not NUL-terminated, borrowed from the archive */
    size_t name_len;
    uint16_t method, flags;
    uint32_t crc, packed_len, raw_len;
    size_t header; /* of the local header */
};

/* Finds the central directory. False when the bytes are no zip archive. */
bool oat_zip_open(struct oat_zip *zip, const void *data, size_t len);

/* The next entry, or false at the end (or where the directory is damaged: oat_zip_is_damaged). */
bool oat_zip_next(struct oat_zip *zip, struct oat_zip_entry *ret);
bool oat_zip_is_damaged(const struct oat_zip *zip);

/* Unpacks an entry and checks its CRC. *ret_bytes is the caller's: free(). OAT_OK, OAT_E_LIMIT (raw
 * size over max_len), OAT_E_UNSUPPORTED (method, encryption), OAT_E_CORRUPT, OAT_E_NOMEM. */
int oat_zip_read(const struct oat_zip *zip, const struct oat_zip_entry *entry, size_t max_len,
                 uint8_t **ret_bytes, size_t *ret_len);

#endif
