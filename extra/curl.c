/* Spans around transfers of libcurl. */
#include "oat/curl.h"

#include <stdio.h>
#include <string.h>

#define STATUS_ERROR 400

/* ---- Headers ---- */

/* A list of its own, whose last one goes on with the caller's. False: out of memory, nothing is set. */
static bool add_headers(oat_curl_transfer *transfer, CURL *curl)
{
    char parent[OAT_TRACEPARENT_SIZE], trace[OAT_TRACE_HEX_SIZE], header[100];
    oat_span_context context = oat_span_get_context(transfer->span);
    oat_traceparent_inject(&context, parent);
    oat_x_trace_id_inject(&context, trace);
    snprintf(header, sizeof header, "traceparent: %s", parent);
    struct curl_slist *headers = curl_slist_append(NULL, header);
    snprintf(header, sizeof header, "X-Trace-ID: %s", trace);
    if (!headers || !curl_slist_append(headers, header)) {
        curl_slist_free_all(headers);
        return false;
    }
    headers->next->next = transfer->given;
    transfer->headers = headers;
    return curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
}

static void take_headers(oat_curl_transfer *transfer, CURL *curl)
{
    if (!transfer->headers)
        return;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->given);
    transfer->headers->next->next = NULL;
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

/* ---- What the span tells ---- */

static void set_url(oat_span *span, const char *method, const char *url)
{
    CURLU *parts = curl_url();
    char *plain = NULL, *host = NULL, name[300];
    if (parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_GUESS_SCHEME) == CURLUE_OK) {
        curl_url_set(parts, CURLUPART_USER, NULL, 0);
        curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0);
        curl_url_get(parts, CURLUPART_URL, &plain, 0);
        curl_url_get(parts, CURLUPART_HOST, &host, 0);
    }
    if (plain)
        oat_span_set_attr_string(span, "url.full", plain);
    if (host) {
        oat_span_set_attr_string(span, "server.address", host);
        int len = snprintf(name, sizeof name, "%s %s", method, host);
        oat_span_set_text(span, OAT_TEXT_NAME, name,
                          (size_t)len < sizeof name ? (size_t)len : sizeof name - 1);
    }
    curl_free(plain);
    curl_free(host);
    curl_url_cleanup(parts);
}

static void set_size(oat_span *span, CURL *curl, CURLINFO info, const char *key)
{
    curl_off_t size = 0;
    if (curl_easy_getinfo(curl, info, &size) == CURLE_OK)
        oat_span_set_attr_int(span, key, size);
}

static void describe(oat_span *span, CURL *curl, CURLcode code)
{
    const char *method = NULL, *url = NULL;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_METHOD, &method);
    curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    method = method ? method : "GET";
    oat_span_set_attr_string(span, "http.request.method", method);
    oat_span_set_text(span, OAT_TEXT_OPERATION, method, OAT_NUL);
    if (url)
        set_url(span, method, url);
    if (status)
        oat_span_set_attr_int(span, "http.response.status_code", status);
    set_size(span, curl, CURLINFO_SIZE_UPLOAD_T, "http.request.body.size");
    set_size(span, curl, CURLINFO_SIZE_DOWNLOAD_T, "http.response.body.size");
    if (code != CURLE_OK) {
        oat_span_set_status(span, OAT_STATUS_ERROR, curl_easy_strerror(code));
    } else if (status >= STATUS_ERROR) {
        char message[32];
        snprintf(message, sizeof message, "HTTP status %ld", status);
        oat_span_set_status(span, OAT_STATUS_ERROR, message);
    }
}

/* ---- Transfers ---- */

oat_curl_transfer oat_curl_begin(oat_tracer *tracer, CURL *curl, struct curl_slist *given, bool detached)
{
    const oat_span_options options = {.detached = detached};
    oat_curl_transfer transfer = {.given = given};
    transfer.span = oat_span_start_with(tracer, OAT_HTTP, "HTTP", &options);
    if (!transfer.span || !add_headers(&transfer, curl))
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, given);
    return transfer;
}

void oat_curl_end(oat_curl_transfer *transfer, CURL *curl, CURLcode code)
{
    take_headers(transfer, curl);
    if (!transfer->span)
        return;
    describe(transfer->span, curl, code);
    oat_span_end(transfer->span);
    transfer->span = NULL;
}

CURLcode oat_curl_perform(oat_tracer *tracer, CURL *curl, struct curl_slist *given)
{
    oat_curl_transfer transfer = oat_curl_begin(tracer, curl, given, false);
    CURLcode code = curl_easy_perform(curl);
    oat_curl_end(&transfer, curl, code);
    return code;
}
