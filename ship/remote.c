#include "ship/remote.h"

#include "format/ids.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX    65536u
#define URL_MAX       2048u
#define CONNECT_MS    10000L
#define STALLED_S     60L /* without a byte */
#define RETRY_AFTER_S 3600u

struct oat_ship_remote {
    CURL *curl;
    struct curl_slist *headers;
    const char *url;
    size_t answer_len;
    char answer[ANSWER_MAX];
    char error[CURL_ERROR_SIZE];
    unsigned retry_after_s;
};

/* ---- URLs -------------------------------------------------------------------------------------------- */

/* Loopback by name or number; that port or path follows. */
static bool is_here(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(host, names[i], len) == 0 && strchr(":/", host[len]))
            return true;
    }
    return false;
}

enum oat_ship_way oat_ship_way_to(const char *url)
{
    static const char http[] = "http://", https[] = "https://";
    if (strncmp(url, https, strlen(https)) == 0)
        return OAT_SHIP_SAFELY;
    if (strncmp(url, http, strlen(http)) != 0)
        return OAT_SHIP_NO_WAY;
    return is_here(url + strlen(http)) ? OAT_SHIP_SAFELY : OAT_SHIP_IN_PLAIN;
}

/* ---- Life -------------------------------------------------------------------------------------------- */

/* More than the most is not read, and so is no answer. */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct oat_ship_remote *remote = arg;
    size_t len = size * count;
    if (len > ANSWER_MAX - remote->answer_len)
        return 0;
    memcpy(remote->answer + remote->answer_len, bytes, len);
    remote->answer_len += len;
    return len;
}

static bool append_header(struct oat_ship_remote *remote, const char *text)
{
    struct curl_slist *headers = curl_slist_append(remote->headers, text);
    if (headers)
        remote->headers = headers;
    return headers != NULL;
}

/* More than 0 ends the transfer. */
static int look_up(void *arg, curl_off_t unused_1, curl_off_t unused_2, curl_off_t unused_3,
                   curl_off_t unused_4)
{
    const struct oat_ship_remote_options *options = arg;
    (void)unused_1, (void)unused_2, (void)unused_3, (void)unused_4;
    return options->gives_up(options->arg);
}

/* No token is sent where a redirection leads to. */
static bool set_up(struct oat_ship_remote *remote, const struct oat_ship_remote_options *options)
{
    char authorization[300];
    CURL *curl = remote->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALLED_S);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, remote->error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, remote);
    if (options->ca_path)
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_path);
    if (options->gives_up) {
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, options);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    }
    if (options->token) {
        snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", options->token);
        if (!append_header(remote, authorization))
            return false;
    }
    return append_header(remote, "Content-Type: application/octet-stream") &&
           append_header(remote, "Expect:") &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, remote->headers) == CURLE_OK;
}

struct oat_ship_remote *oat_ship_remote_new(const struct oat_ship_remote_options *options)
{
    struct oat_ship_remote *remote = calloc(1, sizeof *remote);
    if (!remote)
        return NULL;
    remote->url = options->url;
    remote->curl = curl_easy_init();
    if (remote->curl && set_up(remote, options))
        return remote;
    oat_ship_remote_free(remote);
    return NULL;
}

void oat_ship_remote_free(struct oat_ship_remote *remote)
{
    if (!remote)
        return;
    curl_easy_cleanup(remote->curl);
    curl_slist_free_all(remote->headers);
    free(remote);
}

unsigned oat_ship_remote_retry_after_s(const struct oat_ship_remote *remote)
{
    return remote->retry_after_s;
}

/* ---- Requests ---------------------------------------------------------------------------------------- */

static enum oat_ship_outcome outcome_of(long status)
{
    if (status >= 200 && status < 300)
        return OAT_SHIP_DONE;
    if (status == 409 || status == 422)
        return OAT_SHIP_CONFLICT;
    return status == 408 || status == 429 || status >= 500 ? OAT_SHIP_LATER : OAT_SHIP_REFUSED;
}

static void read_retry_after(struct oat_ship_remote *remote)
{
    curl_off_t seconds = 0;
    remote->retry_after_s = 0;
    if (curl_easy_getinfo(remote->curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
        remote->retry_after_s = seconds < RETRY_AFTER_S ? (unsigned)seconds : RETRY_AFTER_S;
}

static enum oat_ship_outcome perform(struct oat_ship_remote *remote, struct oat_ship_answer *ret)
{
    long status = 0;
    *ret = (struct oat_ship_answer){0};
    remote->answer_len = 0;
    remote->error[0] = '\0';
    CURLcode code = curl_easy_perform(remote->curl);
    read_retry_after(remote);
    if (code != CURLE_OK) {
        snprintf(ret->message, sizeof ret->message, "%s: %s", remote->url,
                 code == CURLE_ABORTED_BY_CALLBACK ? "no answer before the end"
                 : remote->error[0]                ? remote->error
                                                   : curl_easy_strerror(code));
        return OAT_SHIP_LATER;
    }
    curl_easy_getinfo(remote->curl, CURLINFO_RESPONSE_CODE, &status);
    bool parsed = oat_ship_answer_parse(remote->answer, remote->answer_len, ret);
    enum oat_ship_outcome outcome = outcome_of(status);
    if (!parsed || (outcome != OAT_SHIP_DONE && !ret->message[0]))
        snprintf(ret->message, sizeof ret->message, "%s answers %ld, and is no oat-httpd by its answer",
                 remote->url, status);
    return parsed || outcome != OAT_SHIP_DONE ? outcome : OAT_SHIP_REFUSED;
}

/* The URL of a pair. rest: of its path, and its query. */
static void set_url(struct oat_ship_remote *remote, const uint8_t writer_id[16], uint32_t seq,
                    const char *rest)
{
    char url[URL_MAX], hex[33];
    size_t len = strlen(remote->url);
    while (len > 0 && remote->url[len - 1] == '/')
        len--;
    oat_hex_print(writer_id, 16, hex);
    snprintf(url, sizeof url, "%.*s/segments/%s/%" PRIu32 "%s", (int)len, remote->url, hex, seq, rest);
    curl_easy_setopt(remote->curl, CURLOPT_URL, url);
}

enum oat_ship_outcome oat_ship_remote_ask(struct oat_ship_remote *remote, const uint8_t writer_id[16],
                                          uint32_t seq, struct oat_ship_answer *ret)
{
    set_url(remote, writer_id, seq, "");
    curl_easy_setopt(remote->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(remote->curl, CURLOPT_HTTPGET, 1L);
    return perform(remote, ret);
}

enum oat_ship_outcome oat_ship_remote_put(struct oat_ship_remote *remote, const struct oat_ship_piece *piece,
                                          struct oat_ship_answer *ret)
{
    char rest[120];
    snprintf(rest, sizeof rest, "/%s?offset=%" PRIu64 "%s%s", piece->file, piece->offset,
             piece->is_damaged ? "&damaged=true" : "", piece->has_ended ? "&ended=true" : "");
    set_url(remote, piece->writer_id, piece->seq, rest);
    curl_easy_setopt(remote->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(remote->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)piece->len);
    curl_easy_setopt(remote->curl, CURLOPT_POSTFIELDS, piece->bytes);
    return perform(remote, ret);
}
