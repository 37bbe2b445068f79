/* Bytes that grow at the end. */
#ifndef OAT_FORMAT_BUFFER_H
#define OAT_FORMAT_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed: empty. Whoever has it frees `bytes`. */
struct oat_buffer {
    uint8_t *bytes;
    size_t len;
    size_t room;
};

/* Makes room for n more bytes and returns where they begin, or NULL: out of memory, all is as it was.
 * Memory grows by doubling. The caller adds what it wrote to len. */
uint8_t *oat_buffer_reserve(struct oat_buffer *buffer, size_t n);

/* Appends n bytes. OAT_OK or OAT_E_NOMEM. */
int oat_buffer_put(struct oat_buffer *buffer, const void *bytes, size_t n);

#endif
