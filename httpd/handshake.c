#include "httpd/handshake.h"

#include <ctype.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#define KEY_LEN 24u /* base64 of 16 bytes */
#define GUID    "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* Is the word in a list of them, "keep-alive, Upgrade"? */
static bool has_token(const char *list, const char *token)
{
    size_t len = strlen(token);
    while (list && *list) {
        list += strspn(list, ", \t");
        size_t found = strcspn(list, ", \t");
        if (found == len && strncasecmp(list, token, len) == 0)
            return true;
        list += found;
    }
    return false;
}

static bool is_key(const char *key)
{
    size_t digits = key ? strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") : 0;
    return digits == KEY_LEN - 2 && strcmp(key + digits, "==") == 0;
}

static bool accept_of(const char *key, char ret[OAT_HANDSHAKE_ACCEPT_SIZE])
{
    char text[KEY_LEN + sizeof GUID];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;
    memcpy(text, key, KEY_LEN);
    memcpy(text + KEY_LEN, GUID, sizeof GUID);
    if (!EVP_Digest(text, KEY_LEN + sizeof GUID - 1, digest, &len, EVP_sha1(), NULL))
        return false;
    EVP_EncodeBlock((unsigned char *)ret, digest, (int)len);
    return true;
}

bool oat_handshake_read(const struct evkeyvalq *headers, char ret_accept[OAT_HANDSHAKE_ACCEPT_SIZE],
                        struct oat_answer *answer)
{
    const char *version = evhttp_find_header(headers, "Sec-WebSocket-Version");
    const char *key = evhttp_find_header(headers, "Sec-WebSocket-Key");
    if (!has_token(evhttp_find_header(headers, "Upgrade"), "websocket") ||
        !has_token(evhttp_find_header(headers, "Connection"), "upgrade"))
        oat_answer_error(answer, 426, "upgrade_required", "/ws is for WebSocket clients");
    else if (!version || strcmp(version, "13") != 0)
        oat_answer_error(answer, 426, "upgrade_required", "expected Sec-WebSocket-Version 13");
    else if (!is_key(key))
        oat_answer_error(answer, 400, "bad_request", "expected a Sec-WebSocket-Key of 16 bytes in base64");
    else if (!accept_of(key, ret_accept))
        oat_answer_error(answer, 500, "internal", "SHA-1 failed");
    else
        return true;
    return false;
}
