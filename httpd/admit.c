#include "httpd/admit.h"

#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>

#include "httpd/log.h"

/* Length of the host in "host:port" or "[v6]:port"; 0 when it is neither. */
static size_t host_len(const char *host)
{
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (len > strlen(host))
        return 0;
    const char *rest = host + len;
    if (*rest == ':')
        rest += 1 + strspn(rest + 1, "0123456789");
    return *rest == '\0' ? len : 0;
}

bool oat_host_is_ours(const char *host, const struct oat_address *listen, size_t listen_count)
{
    static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t len = host_len(host);

    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        if (strlen(loopback[i]) == len && strncasecmp(loopback[i], host, len) == 0)
            return true;
    for (size_t i = 0; i < listen_count; i++)
        if (strlen(listen[i].host) == len && strncasecmp(listen[i].host, host, len) == 0)
            return true;
    return false;
}

struct seen {
    const char *host;
    unsigned hosts, lengths;
    bool bad_length, length_above_0, bad_name, transfer_encoding;
};

static struct seen look_at(const struct evkeyvalq *headers)
{
    struct seen seen = {0};
    for (const struct evkeyval *header = TAILQ_FIRST(headers); header; header = TAILQ_NEXT(header, next)) {
        if (strcasecmp(header->key, "Host") == 0) {
            seen.host = header->value;
            seen.hosts++;
        } else if (strcasecmp(header->key, "Content-Length") == 0) {
            size_t digits = strspn(header->value, "0123456789");
            seen.lengths++;
            seen.length_above_0 |= strspn(header->value, "0") < digits;
            seen.bad_length |= digits == 0 || header->value[digits] != '\0';
        } else if (strcasecmp(header->key, "Transfer-Encoding") == 0) {
            seen.transfer_encoding = true;
        }
        seen.bad_name |= header->key[0] == '\0' || strpbrk(header->key, " \t\r\n") != NULL;
    }
    return seen;
}

bool oat_admit(const struct evkeyvalq *headers, const struct oat_address *listen, size_t listen_count,
               bool *ret_announces_body, struct oat_answer *answer)
{
    struct seen seen = look_at(headers);
    char quoted[80];

    answer->close = true;
    if (seen.hosts != 1)
        oat_answer_error(answer, 400, "bad_request", "expected one Host header, found %u", seen.hosts);
    else if (seen.lengths > 1 || seen.bad_length)
        oat_answer_error(answer, 400, "bad_request", "expected one Content-Length that is a number");
    else if (seen.bad_name)
        oat_answer_error(answer, 400, "bad_request", "a header name has white space in it");
    else if (!oat_host_is_ours(seen.host, listen, listen_count))
        oat_answer_error(answer, 403, "forbidden_host",
                         "Host %s is not this server: it answers to localhost, 127.0.0.1 and [::1]",
                         oat_log_quote(seen.host, quoted, sizeof quoted));
    else
        answer->close = false;
    *ret_announces_body = seen.transfer_encoding || seen.length_above_0;
    return !answer->close;
}
