/* Bytes that wait in a file without a name until they are all known: what stands at the end of a file of
 * sections and is too large for memory. Used by one thread at a time. Failures are OAT_E_NOMEM, OAT_E_IO
 * and OAT_E_FULL (errno). */
#ifndef OAT_COMPACTOR_SPILL_H
#define OAT_COMPACTOR_SPILL_H

#include <stddef.h>
#include <stdint.h>

struct oat_spill {
    int dir_fd; /* borrowed */
    int fd;     /* -1: all is in the buffer */
    uint64_t len;
    uint8_t *buffer; /* the last bytes */
    size_t buffered;
};

/* Empty. The file is made below dir_fd when the buffer is full; nothing has to be freed before the
 * first append. */
void oat_spill_init(struct oat_spill *spill, int dir_fd);
void oat_spill_close(struct oat_spill *spill);

int oat_spill_append(struct oat_spill *spill, const void *bytes, size_t len);

/* Reads bytes that were appended; they must be there. */
int oat_spill_read(struct oat_spill *spill, uint64_t offset, void *dst, size_t len);

#endif
