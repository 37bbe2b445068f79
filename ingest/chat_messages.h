/* Message lists, and pieces that other readers of conversations use. */
#ifndef OAT_INGEST_CHAT_MESSAGES_H
#define OAT_INGEST_CHAT_MESSAGES_H

#include "ingest/chat.h"

/* SWE-agent, tau-bench, tau2-bench, plain lists; ends with a what NULL. */
extern const struct oat_chat_format oat_chat_message_formats[];

/* True for an array whose first element is an object with a role. */
bool oat_chat_is_message_list(const struct oat_json_doc *doc, oat_jnode node);

/* Appends a message of the OpenAI or Anthropic manner, with its calls and results. */
struct oat_chat_element *oat_chat_read_message(struct oat_chat_reader *reader, oat_jnode message);

/* Reads a provider's usage object in any of the common spellings. */
void oat_chat_read_usage(const struct oat_json_doc *doc, oat_jnode usage, struct oat_chat_usage *ret);

/* The string at a key; bytes NULL when there is none. */
oat_text oat_chat_text(const struct oat_json_doc *doc, oat_jnode object, const char *key);

/* A time at a key: text, or seconds since the epoch. 0 when there is none. */
uint64_t oat_chat_time(const struct oat_json_doc *doc, oat_jnode object, const char *key);

/* A member of an object as an attribute of the agent span, under `key`; left out when it is an array
 * or object. */
void oat_chat_attr_member(struct oat_chat_reader *reader, oat_jnode object, const char *member,
                          const char *key);

#endif
