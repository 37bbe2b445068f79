#include "httpd/admit.h"

#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>

#include "httpd/log.h"

/* ---- Names of this server ------------------------------------------------------------------------ */

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

static bool is_name(const char *name, const char *host, size_t len)
{
    return strlen(name) == len && strncasecmp(name, host, len) == 0;
}

bool oat_host_is_ours(const char *host, const struct oat_hosts *hosts)
{
    static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t len = host_len(host);

    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++)
        if (is_name(loopback[i], host, len))
            return true;
    for (size_t i = 0; i < hosts->listen_count; i++)
        if (is_name(hosts->listen[i].host, host, len) ||
            (oat_address_is_any(&hosts->listen[i]) && oat_address_is_number(host, len)))
            return true;
    for (size_t i = 0; i < hosts->allowed_count; i++)
        if (is_name(hosts->allowed[i], host, len))
            return true;
    return false;
}

bool oat_origin_is_host(const char *origin, const char *host)
{
    const char *site = strstr(origin, "://");
    return site && strcasecmp(site + strlen("://"), host) == 0;
}

static bool is_allowed_origin(const char *origin, const struct oat_hosts *hosts)
{
    for (size_t i = 0; i < hosts->origin_count; i++)
        if (strcasecmp(hosts->origins[i], origin) == 0)
            return true;
    return false;
}

/* ---- Headers ------------------------------------------------------------------------------------- */

struct seen {
    struct oat_admitted said;
    const char *twice; /* a header that may be there once */
    bool bad_length, length_above_0, bad_name, transfer_encoding;
};

static void look_at(const struct evkeyval *header, struct seen *seen, const char **content_length)
{
    struct {
        const char *name;
        const char **value;
    } once[] = {
        {"Host", &seen->said.host},     {"Content-Length", content_length},
        {"Origin", &seen->said.origin}, {"Authorization", &seen->said.authorization},
        {"Cookie", &seen->said.cookie},
    };
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        if (strcasecmp(header->key, once[i].name) != 0)
            continue;
        if (*once[i].value)
            seen->twice = once[i].name;
        *once[i].value = header->value;
    }
    seen->transfer_encoding |= strcasecmp(header->key, "Transfer-Encoding") == 0;
    seen->bad_name |= header->key[0] == '\0' || strpbrk(header->key, " \t\r\n") != NULL;
}

static struct seen look_at_all(const struct evkeyvalq *headers)
{
    struct seen seen = {0};
    const char *length = NULL;
    for (const struct evkeyval *header = TAILQ_FIRST(headers); header; header = TAILQ_NEXT(header, next))
        look_at(header, &seen, &length);
    if (length) {
        size_t digits = strspn(length, "0123456789");
        seen.length_above_0 = strspn(length, "0") < digits;
        seen.bad_length = digits == 0 || length[digits] != '\0';
    }
    seen.said.announces_body = seen.transfer_encoding || seen.length_above_0;
    return seen;
}

bool oat_admit(const struct evkeyvalq *headers, bool changes, const struct oat_hosts *hosts,
               struct oat_admitted *ret, struct oat_answer *answer)
{
    struct seen seen = look_at_all(headers);
    const struct oat_admitted *said = &seen.said;
    bool foreign = said->host && said->origin && !oat_origin_is_host(said->origin, said->host);
    bool allowed = foreign && is_allowed_origin(said->origin, hosts);
    char quoted[80];

    answer->close = true;
    if (seen.twice)
        oat_answer_error(answer, 400, "bad_request", "expected one %s header, found more", seen.twice);
    else if (!said->host)
        oat_answer_error(answer, 400, "bad_request", "expected a Host header");
    else if (seen.bad_length)
        oat_answer_error(answer, 400, "bad_request", "expected a Content-Length that is a number");
    else if (seen.bad_name)
        oat_answer_error(answer, 400, "bad_request", "a header name has white space in it");
    else if (!oat_host_is_ours(said->host, hosts))
        oat_answer_error(
            answer, 403, "forbidden_host",
            "Host %s is not this server: it answers to localhost, the addresses it listens on, and "
            "names that --allow-host gives",
            oat_log_quote(said->host, quoted, sizeof quoted));
    else if (foreign && changes && !allowed)
        oat_answer_error(answer, 403, "forbidden_origin",
                         "a page of %s may not change anything here: --allow-origin lets it",
                         oat_log_quote(said->origin, quoted, sizeof quoted));
    else
        answer->close = false;
    if (answer->close)
        return false;
    *ret = *said;
    ret->changes = changes;
    ret->is_foreign_origin = allowed;
    return true;
}
