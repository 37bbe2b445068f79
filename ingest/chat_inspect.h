/* Inspect evaluation logs. */
#ifndef OAT_INGEST_CHAT_INSPECT_H
#define OAT_INGEST_CHAT_INSPECT_H

#include "ingest/chat.h"

/* In JSON; ends with a what NULL. */
extern const struct oat_chat_format oat_chat_inspect_formats[];

/* An Inspect log in its zip container (.eval). OAT_NOTFOUND: it is no zip. */
int oat_chat_read_eval(struct oat_chat_reader *reader, const void *data, size_t len);

#endif
