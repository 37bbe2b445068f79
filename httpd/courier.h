/* Carries messages to webhooks: POSTs by libcurl, one at a time to each webhook, to several at once. One that
 * fails is to be tried again after a while, which gets longer with each failure. Addresses come from
 * alerts.yaml and from nowhere else: redirects are not followed. Of one thread, but for oat_courier_wake. */
#ifndef OAT_HTTPD_COURIER_H
#define OAT_HTTPD_COURIER_H

#include "httpd/alert_rules.h"

#define OAT_COURIER_ERROR_SIZE 256u

struct oat_courier;

/* How a webhook has done of late. */
struct oat_courier_record {
    unsigned failures; /* in a row */
    uint64_t last_ns;  /* since the epoch: when the last try came to its end; 0: there was none */
    long status;       /* of that answer; 0: there was none */
    char error[OAT_COURIER_ERROR_SIZE]; /* why there was none; else "" */
};

enum oat_courier_outcome {
    OAT_COURIER_TAKEN,   /* 2xx */
    OAT_COURIER_FAILED,  /* it may go well later */
    OAT_COURIER_REFUSED, /* 3xx, 4xx: it will not */
};

/* The webhooks are borrowed. NULL: out of memory. */
struct oat_courier *oat_courier_new(const struct oat_webhook_options *webhooks, size_t count);
/* Breaks off what is under way. Takes NULL. */
void oat_courier_free(struct oat_courier *courier);

/* When the next message may be sent to a webhook: a time of oat_clock_boot_ns, UINT64_MAX: one is under
 * way. */
uint64_t oat_courier_free_ns(const struct oat_courier *courier, size_t webhook);

/* Sends a JSON text, which is taken over, also when it fails. False: out of memory; the webhook has to wait
 * as after a failure. */
bool oat_courier_send(struct oat_courier *courier, size_t webhook, char *body, size_t len);

/* Goes on with what is under way, until until_ns (oat_clock_boot_ns), until a message has come to its end or
 * until it is woken. done tells of each that has. */
void oat_courier_wait(struct oat_courier *courier, uint64_t until_ns,
                      void (*done)(void *arg, size_t webhook, enum oat_courier_outcome outcome,
                                   const struct oat_courier_record *record),
                      void *arg);

/* Ends a wait, or the next one. Any thread. */
void oat_courier_wake(struct oat_courier *courier);

#endif
