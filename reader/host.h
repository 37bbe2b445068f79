/* This machine and this boot of it, to judge whether a writer may still live. */
#ifndef OAT_READER_HOST_H
#define OAT_READER_HOST_H

#include <stdint.h>

struct oat_host {
    uint8_t machine_id[16];
    uint8_t boot_id[16];
};

void oat_host_read(struct oat_host *ret_host);

#endif
