/* Asking whether a query is to be stopped. */
#ifndef OAT_READER_STOP_H
#define OAT_READER_STOP_H

#include "oat/reader.h"

/* stop may be NULL: never. */
static inline bool oat_stop_is_asked(const oat_stop *stop)
{
    return stop && stop->asked(stop->arg);
}

#endif
