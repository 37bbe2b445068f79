/* aider's chat history. */
#ifndef OAT_INGEST_CHAT_AIDER_H
#define OAT_INGEST_CHAT_AIDER_H

#include "ingest/chat.h"

/* A chat history that aider keeps in Markdown. OAT_NOTFOUND: it is none. */
int oat_chat_read_aider(struct oat_chat_reader *reader, const char *text, size_t len);

#endif
