/* OpenHands events and ATIF steps. */
#ifndef OAT_INGEST_CHAT_AGENTS_H
#define OAT_INGEST_CHAT_AGENTS_H

#include "ingest/chat.h"

/* Ends with a what NULL. */
extern const struct oat_chat_format oat_chat_agent_formats[];

#endif
