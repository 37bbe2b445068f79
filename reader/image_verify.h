/* Checking a file of sections whole. */
#ifndef OAT_READER_IMAGE_VERIFY_H
#define OAT_READER_IMAGE_VERIFY_H

#include "reader/image.h"

/* Checks every block of every table and every section; damage is reported. OAT_OK or OAT_E_NOMEM. */
int oat_image_verify(struct oat_image *image);

#endif
