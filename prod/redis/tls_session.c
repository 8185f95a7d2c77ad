/* OpenSSL between two memory buffers. */
#include "prod/redis/tls_session.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct rcp_tls_session {
    SSL *ssl;
    BIO *from_wire; /* the SSL's */
    BIO *to_wire;   /* the SSL's */
};

static bool use_files(SSL_CTX *context, const struct rcp_tls_files *files)
{
    bool trusts = files->ca != NULL ? SSL_CTX_load_verify_locations(context, files->ca, NULL) == 1
                                    : SSL_CTX_set_default_verify_paths(context) == 1;
    if (!trusts)
        return false;
    if (files->certificate == NULL && files->key == NULL)
        return true;
    return files->certificate != NULL && files->key != NULL &&
           SSL_CTX_use_certificate_chain_file(context, files->certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

SSL_CTX *rcp_tls_context(const struct rcp_tls_files *files)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && use_files(context, files))
        return context;
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

/* An address is looked for among the certificate's addresses, a name among its names; only a name is told to
 * the server beforehand (RFC 6066, 3). */
static bool expect_server(SSL *ssl, const char *server)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server) == 1)
        return true;
    ERR_clear_error();
    return SSL_set1_host(ssl, server) == 1 && SSL_set_tlsext_host_name(ssl, server) == 1;
}

struct rcp_tls_session *rcp_tls_open(SSL_CTX *context, const char *server)
{
    struct rcp_tls_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->ssl = SSL_new(context);
    session->from_wire = BIO_new(BIO_s_mem());
    session->to_wire = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || session->from_wire == NULL || session->to_wire == NULL) {
        BIO_free(session->from_wire);
        BIO_free(session->to_wire);
        SSL_free(session->ssl);
        free(session);
        return NULL;
    }
    SSL_set_bio(session->ssl, session->from_wire, session->to_wire);
    SSL_set_connect_state(session->ssl);
    if (!expect_server(session->ssl, server)) {
        rcp_tls_free(session);
        return NULL;
    }
    return session;
}

void rcp_tls_free(struct rcp_tls_session *session)
{
    if (session == NULL)
        return;
    SSL_free(session->ssl);
    free(session);
}

/* True where the last call only wants more bytes. OpenSSL's list of errors is left empty. */
static bool wants_more(const struct rcp_tls_session *session, int result)
{
    int error = SSL_get_error(session->ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

enum rcp_tls_state rcp_tls_feed(struct rcp_tls_session *session, const char *wire, size_t size)
{
    if (size > INT_MAX || (size > 0 && BIO_write(session->from_wire, wire, (int)size) != (int)size))
        return RCP_TLS_BROKEN;
    if (SSL_is_init_finished(session->ssl))
        return RCP_TLS_OPEN;
    int result = SSL_do_handshake(session->ssl);
    if (result == 1)
        return RCP_TLS_OPEN;
    return wants_more(session, result) ? RCP_TLS_SHAKING : RCP_TLS_BROKEN;
}

int rcp_tls_read(struct rcp_tls_session *session, char *bytes, int size)
{
    int result = SSL_read(session->ssl, bytes, size);
    if (result > 0)
        return result;
    return wants_more(session, result) ? 0 : -1;
}

bool rcp_tls_write(struct rcp_tls_session *session, const char *bytes, size_t size)
{
    size_t written = 0;
    bool good = SSL_write_ex(session->ssl, bytes, size, &written) == 1 && written == size;
    ERR_clear_error();
    return good;
}

size_t rcp_tls_waiting(const struct rcp_tls_session *session)
{
    return BIO_ctrl_pending(session->to_wire);
}

size_t rcp_tls_take(struct rcp_tls_session *session, char *wire, size_t size)
{
    int taken = size > INT_MAX ? 0 : BIO_read(session->to_wire, wire, (int)size);
    return taken > 0 ? (size_t)taken : 0;
}
