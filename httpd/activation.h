/* What systemd hands over and is told: listening sockets (socket activation, sd_listen_fds(3)), and that the
 * daemon serves (sd_notify(3)). Not for several threads. */
#ifndef OAT_HTTPD_ACTIVATION_H
#define OAT_HTTPD_ACTIVATION_H

#include "httpd/options.h"

/* Takes the sockets that were handed over: those named "otlp-http" or "otlp-grpc" (FileDescriptorName=) are
 * for that, others for everything. They take the place of the addresses that the options have for the same
 * purpose. False: *ret_error says which of them is no listening TCP socket. */
bool oat_activation_take(struct oat_options *options, char *ret_error, size_t error_size);

/* Tells systemd, if it wants to know, of a state: "READY=1", "STOPPING=1". */
void oat_activation_tell(const char *state);

#endif
