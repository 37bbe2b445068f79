/* Which machine and which boot of it wrote a pair, from the text of two small system files.
 * Change this file, change SPEC.md section "Liveness file" in the same commit. */
#ifndef OAT_FORMAT_HOST_ID_H
#define OAT_FORMAT_HOST_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OAT_MACHINE_ID_PATH "/etc/machine-id"
#define OAT_BOOT_ID_PATH    "/proc/sys/kernel/random/boot_id"
#define OAT_HOST_ID_MAX     64u /* bytes of either file that are worth reading */

/* The machine id: text is what OAT_MACHINE_ID_PATH holds, 32 hex digits, of which it is the 16
 * bytes. Where it holds anything else or is missing (len 0): XXH3-128 of hostname, seed 0. */
void oat_machine_id_of(const char *text, size_t len, const char *hostname, uint8_t ret[16]);

/* The boot id: text is what OAT_BOOT_ID_PATH holds, a UUID. Zeros when it is anything else; two
 * boots of unknown id count as the same. */
void oat_boot_id_of(const char *text, size_t len, uint8_t ret[16]);

#endif
