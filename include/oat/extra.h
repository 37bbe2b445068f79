/* OpenAgentTrace: what the writer can do with libraries that it does not need itself: liboat-extra, beside
 * liboat.
 *
 *     config.redactor = oat_pcre2_redactor();      patterns of capture.redact in tracer.yaml
 *     oat_shipper_start(&config, &shipper);        sends the store to config.export_url
 *     oat_curl_perform(tracer, curl, headers);     a span around a transfer of libcurl: oat/curl.h */
#ifndef OAT_EXTRA_H
#define OAT_EXTRA_H

#include "oat/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Looks for regular expressions as PCRE2 reads them, in UTF-8; bytes that are none match nothing. A text that
 * takes too long to search is not kept. Static storage. Threads: safe. */
OAT_API const oat_redactor *oat_pcre2_redactor(void);

/* ---- Shipping ----------------------------------------------------------------------------- */

typedef struct oat_shipper oat_shipper;

/* Starts a thread that sends what is written into config->data_dir, by whomever, to the daemon at
 * config->export_url, every export_interval_ms: as `oat ship` does (docs/ship.md). Of several shippers of a
 * store one sends; when it ends, another one goes on. What it cannot do goes to config->warn, once until it
 * can again. Without export_keep_local what was sent is removed here, file by file, when nothing is written
 * to it any more. For a store that a tracer has opened; everything is copied. A child of fork() has no
 * shipper. *ret_shipper: NULL when export_enabled is false or there is no export_url. OAT_OK; OAT_NOTFOUND:
 * no store there; OAT_E_INVALID: no http or https URL, or http to another machine; OAT_E_NOMEM; OAT_E_IO
 * (errno) and what else oat_store_open returns. */
OAT_API int oat_shipper_start(const oat_config *config, oat_shipper **ret_shipper);

/* Sends now what is there and durable (oat_tracer_flush), and waits for that. OAT_OK: the daemon has all of
 * it. OAT_NOTFOUND: another process of those that share the store sends, or there is no shipper (NULL, a
 * child of fork()). OAT_E_IO: not all of it, or not in time; it is sent later. All else: nothing is sent any
 * more, and config->warn was told why. Threads: any, but not during oat_shipper_stop. */
OAT_API int oat_shipper_flush(oat_shipper *shipper, uint32_t timeout_ms);

/* Ends it: sends, unless the daemon is away, what is there by now, and waits for that, but not for longer
 * than timeout_ms (and a second). After oat_tracer_close everything is sent; what is not stays in the store
 * for the next shipper. Accepts NULL; in a child of fork() it does nothing. */
OAT_API void oat_shipper_stop(oat_shipper *shipper, uint32_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
