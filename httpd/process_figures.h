/* What this process takes of the machine. */
#ifndef OAT_HTTPD_PROCESS_FIGURES_H
#define OAT_HTTPD_PROCESS_FIGURES_H

#include <stdint.h>

struct oat_process_figures {
    double cpu_s;
    uint64_t resident_bytes;
    uint64_t open_descriptors;
    double started_s; /* since the epoch */
};

/* What cannot be read is 0. */
void oat_process_figures_read(struct oat_process_figures *ret);

#endif
