/* The messages of a model call's input, and which of them an earlier call had too. */
#ifndef OAT_HTTPD_CONVERSATION_H
#define OAT_HTTPD_CONVERSATION_H

#include "format/json_write.h"
#include "oat/reader.h"

#define OAT_MESSAGE_TEXT_MAX 48u

struct oat_message {
    uint8_t hash[16];                   /* content id of its JSON, as it stands in the input */
    uint64_t bytes;                     /* of that */
    char role[OAT_MESSAGE_TEXT_MAX];    /* or its type; "": it says neither. Cut, and hostile */
    char pointer[OAT_MESSAGE_TEXT_MAX]; /* RFC 6901: where it stands; "": it is the input itself */
};

struct oat_messages {
    struct oat_message *items; /* free with oat_messages_free */
    size_t count, capacity;
    uint64_t bytes; /* of all of them */
};

/* Reads the messages of an input, system messages first: of the APIs of OpenAI (chat, responses), Anthropic
 * and Gemini, and plain lists. Any other text is one message. hash: gives ids in the snapshot's store.
 * OAT_OK, OAT_E_NOMEM. */
int oat_messages_read(const oat_snapshot *snapshot, const uint8_t *text, size_t len,
                      struct oat_messages *ret);
void oat_messages_free(struct oat_messages *messages);

/* Writes what a message is into an object: hash, role, pointer, bytes. */
void oat_message_fields(struct oat_json *json, const struct oat_message *message);

/* How many of their first messages are the same. */
size_t oat_messages_common(const struct oat_messages *a, const struct oat_messages *b);

/* Sets for each message of `later` whether `earlier` has none like it. OAT_OK, OAT_E_NOMEM. */
int oat_messages_new(const struct oat_messages *earlier, const struct oat_messages *later, bool *ret_new);

#endif
