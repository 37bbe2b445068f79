/* hot/<writer>.live: locked while its writer lives. */
#ifndef OAT_WRITER_LIVE_H
#define OAT_WRITER_LIVE_H

#include "writer/store_dir.h"

/* Who writes, as it goes into every header. */
typedef struct oat_host {
    uint8_t writer_id[16];
    uint8_t machine_id[16];
    uint8_t boot_id[16];
    uint32_t pid;
    uint8_t program[32];
} oat_host;

/* Reads machine, boot, pid and program name, and draws a new writer id. */
void oat_host_describe(oat_host *ret);

/* Makes the file under a temporary name, locks it (open file description lock), renames it in.
 * The descriptor keeps the lock; it is never mapped. OAT_OK, OAT_E_FULL or OAT_E_IO. */
int oat_live_create(const oat_store_dir *dir, const oat_host *host, int *ret_fd);

/* Takes the file away and closes the descriptor. */
void oat_live_remove(const oat_store_dir *dir, const oat_host *host, int fd);

#endif
