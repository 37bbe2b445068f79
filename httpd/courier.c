#include "httpd/courier.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oat/oat.h"
#include "writer/clock.h"

#define CONNECT_MS      5000L
#define ANSWER_MS       15000L
#define RETRY_NS        OAT_NS_PER_S /* after the first failure; twice as long after each further one */
#define RETRY_MAX_NS    (600 * OAT_NS_PER_S)
#define RETRY_AFTER_MAX 3600 /* seconds that a webhook may ask for */
#define WAIT_MAX_MS     60000u

struct channel {
    struct oat_courier *courier;
    CURL *easy;
    struct curl_slist *headers;
    char *body; /* under way; NULL: none is */
    uint64_t free_ns;
    struct oat_courier_record record;
    char error[CURL_ERROR_SIZE];
};

struct oat_courier {
    CURLM *multi;
    struct channel channels[OAT_ALERT_WEBHOOKS_MAX];
    size_t count;
};

/* ---- Life ---------------------------------------------------------------------------------------- */

static size_t swallow(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static bool add_header(struct channel *channel, const char *line)
{
    struct curl_slist *longer = curl_slist_append(channel->headers, line);
    if (longer)
        channel->headers = longer;
    return longer != NULL;
}

/* What all messages to the webhook have in common. False: out of memory. */
static bool open_channel(struct channel *channel, const struct oat_webhook_options *webhook)
{
    channel->easy = curl_easy_init();
    bool ok = channel->easy && add_header(channel, "Content-Type: application/json") &&
              add_header(channel, "Expect:");
    for (size_t i = 0; i < webhook->header_count && ok; i++)
        ok = add_header(channel, webhook->headers[i]);
    if (!ok)
        return false;
    CURL *easy = channel->easy;
    ok = curl_easy_setopt(easy, CURLOPT_URL, webhook->url) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_USERAGENT, "oat-httpd/" OAT_VERSION) == CURLE_OK;
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ANSWER_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, channel->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, channel->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, channel);
    return ok;
}

struct oat_courier *oat_courier_new(const struct oat_webhook_options *webhooks, size_t count)
{
    struct oat_courier *courier = calloc(1, sizeof *courier);
    if (!courier || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(courier);
        return NULL;
    }
    courier->multi = curl_multi_init();
    bool ok = courier->multi != NULL;
    while (ok && courier->count < count) {
        size_t i = courier->count++;
        courier->channels[i].courier = courier;
        ok = open_channel(&courier->channels[i], &webhooks[i]);
    }
    if (ok)
        return courier;
    oat_courier_free(courier);
    return NULL;
}

void oat_courier_free(struct oat_courier *courier)
{
    if (!courier)
        return;
    for (size_t i = 0; i < courier->count; i++) {
        struct channel *channel = &courier->channels[i];
        if (channel->body)
            curl_multi_remove_handle(courier->multi, channel->easy);
        curl_easy_cleanup(channel->easy);
        curl_slist_free_all(channel->headers);
        free(channel->body);
    }
    curl_multi_cleanup(courier->multi);
    curl_global_cleanup();
    free(courier);
}

/* ---- Sending ------------------------------------------------------------------------------------- */

uint64_t oat_courier_free_ns(const struct oat_courier *courier, size_t webhook)
{
    return courier->channels[webhook].body ? UINT64_MAX : courier->channels[webhook].free_ns;
}

/* Has a webhook wait after a failure. */
static void put_off(struct channel *channel, curl_off_t asked_s)
{
    unsigned doublings = channel->record.failures < 10 ? channel->record.failures : 10;
    uint64_t wait_ns = RETRY_NS << doublings;
    uint64_t asked_ns = (uint64_t)(asked_s < 0                 ? 0
                                   : asked_s > RETRY_AFTER_MAX ? RETRY_AFTER_MAX
                                                               : asked_s) *
                        OAT_NS_PER_S;
    if (wait_ns > RETRY_MAX_NS)
        wait_ns = RETRY_MAX_NS;
    channel->free_ns = oat_clock_boot_ns() + (asked_ns > wait_ns ? asked_ns : wait_ns);
    channel->record.failures++;
}

bool oat_courier_send(struct oat_courier *courier, size_t webhook, char *body, size_t len)
{
    struct channel *channel = &courier->channels[webhook];
    channel->error[0] = '\0';
    curl_easy_setopt(channel->easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(channel->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    if (body && curl_multi_add_handle(courier->multi, channel->easy) == CURLM_OK) {
        channel->body = body;
        return true;
    }
    put_off(channel, 0);
    free(body);
    return false;
}

/* Of an answer of this status, or of none. */
static enum oat_courier_outcome outcome_of(CURLcode result, long status)
{
    if (result != CURLE_OK || status >= 500 || status == 408 || status == 425 || status == 429)
        return OAT_COURIER_FAILED;
    return status >= 200 && status < 300 ? OAT_COURIER_TAKEN : OAT_COURIER_REFUSED;
}

static enum oat_courier_outcome finish(struct channel *channel, CURLcode result)
{
    struct oat_courier_record *record = &channel->record;
    curl_off_t asked_s = 0;
    record->status = 0;
    curl_easy_getinfo(channel->easy, CURLINFO_RESPONSE_CODE, &record->status);
    curl_easy_getinfo(channel->easy, CURLINFO_RETRY_AFTER, &asked_s);
    record->last_ns = oat_clock_wall_ns();
    snprintf(record->error, sizeof record->error, "%s",
             result == CURLE_OK ? ""
             : *channel->error  ? channel->error
                                : curl_easy_strerror(result));
    curl_multi_remove_handle(channel->courier->multi, channel->easy);
    free(channel->body);
    channel->body = NULL;
    enum oat_courier_outcome outcome = outcome_of(result, record->status);
    if (outcome == OAT_COURIER_FAILED)
        put_off(channel, asked_s);
    else
        record->failures = 0;
    return outcome;
}

void oat_courier_wait(struct oat_courier *courier, uint64_t until_ns,
                      void (*done)(void *arg, size_t webhook, enum oat_courier_outcome outcome,
                                   const struct oat_courier_record *record),
                      void *arg)
{
    int left, running;
    uint64_t now_ns = oat_clock_boot_ns();
    uint64_t wait_ms = until_ns > now_ns ? (until_ns - now_ns) / 1000000 + 1 : 0;
    curl_multi_perform(courier->multi, &running);
    curl_multi_poll(courier->multi, NULL, 0, (int)(wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS), NULL);
    curl_multi_perform(courier->multi, &running);
    for (const CURLMsg *message; (message = curl_multi_info_read(courier->multi, &left)) != NULL;) {
        void *private = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&private);
        struct channel *channel = private;
        enum oat_courier_outcome outcome = finish(channel, result);
        done(arg, (size_t)(channel - courier->channels), outcome, &channel->record);
    }
}

void oat_courier_wake(struct oat_courier *courier)
{
    curl_multi_wakeup(courier->multi);
}
