#include "httpd/tls.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/log.h"

struct oat_tls {
    SSL_CTX *context;
};

static void report(const char *what, const char *path)
{
    char why[256];
    ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
    oat_log(OAT_LOG_ERROR, "%s %s: %s", what, path, why);
    ERR_clear_error();
}

static bool read_files(SSL_CTX *context, const char *cert_path, const char *key_path)
{
    if (SSL_CTX_use_certificate_chain_file(context, cert_path) != 1)
        report("cannot read the certificate", cert_path);
    else if (SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) != 1)
        report("cannot take the private key", key_path);
    else if (SSL_CTX_check_private_key(context) != 1)
        report("the certificate is not that of the private key", key_path);
    else
        return true;
    return false;
}

/* The text of a protocol, its length before it. */
static const unsigned char *const protocols[] = {
    [OAT_TLS_HTTP_1] = (const unsigned char *)"\x08http/1.1",
    [OAT_TLS_HTTP_2] = (const unsigned char *)"\x02h2",
};

static int agree(SSL *ssl, const unsigned char **ret, unsigned char *ret_len, const unsigned char *offered,
                 unsigned offered_len, void *arg)
{
    const unsigned char *ours = SSL_get_app_data(ssl);
    (void)arg;
    for (unsigned at = 0; at < offered_len; at += 1u + offered[at])
        if (offered[at] == ours[0] && offered_len - at > ours[0] &&
            memcmp(offered + at + 1, ours + 1, ours[0]) == 0) {
            *ret = ours + 1;
            *ret_len = ours[0];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool oat_tls_open(const char *cert_path, const char *key_path, struct oat_tls **ret)
{
    struct oat_tls *tls = calloc(1, sizeof *tls);
    if (tls)
        tls->context = SSL_CTX_new(TLS_server_method());
    if (!tls || !tls->context) {
        report("cannot set up TLS for", cert_path);
        oat_tls_close(tls);
        return false;
    }
    SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
    SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_alpn_select_cb(tls->context, agree, NULL);
    SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS); /* idle connections cost less */
    if (!read_files(tls->context, cert_path, key_path)) {
        oat_tls_close(tls);
        return false;
    }
    *ret = tls;
    return true;
}

void oat_tls_close(struct oat_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

struct bufferevent *oat_tls_stream_new(struct oat_tls *tls, struct event_base *base, int fd,
                                       enum oat_tls_protocol protocol)
{
    SSL *ssl = SSL_new(tls->context);
    if (!ssl)
        return NULL;
    SSL_set_app_data(ssl, (char *)(uintptr_t)protocols[protocol]);
    struct bufferevent *stream =
        bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    if (!stream)
        SSL_free(ssl);
    return stream;
}
