/* An open store. */
#ifndef OAT_READER_STORE_H
#define OAT_READER_STORE_H

#include "format/identity.h"
#include "oat/reader.h"

struct oat_store {
    int fd; /* its directory */
    struct oat_disk_store header;
};

#endif
