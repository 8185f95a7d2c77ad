/* TLS at the door: a client that knows the certificate is served, old versions and plain text are not. */
#include "tests/prod/support/raw_client.h"
#include "tests/prod/support/test_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct test_server server;
static char certificate[8192];
static char private_key[8192];
static X509 *issued;

static void read_all(BIO *bio, char text[8192])
{
    int size = BIO_read(bio, text, 8191);
    assert_true(size > 0);
    text[size] = '\0';
    BIO_free(bio);
}

/* A certificate for 127.0.0.1 that vouches for itself, for an hour. */
static void make_certificate(void)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIO *certificate_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_mem());
    issued = X509_new();
    X509_set_version(issued, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(issued), 1);
    X509_gmtime_adj(X509_getm_notBefore(issued), -60);
    X509_gmtime_adj(X509_getm_notAfter(issued), 3600);
    X509_set_pubkey(issued, key);
    X509_NAME *name = X509_get_subject_name(issued);
    X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)"recoup test", -1, -1, 0);
    X509_set_issuer_name(issued, name);
    assert_true(X509_sign(issued, key, EVP_sha256()) > 0);
    PEM_write_bio_X509(certificate_bio, issued);
    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL);
    read_all(certificate_bio, certificate);
    read_all(key_bio, private_key);
    EVP_PKEY_free(key);
}

static int start(void **state)
{
    (void)state;
    make_certificate();
    test_server_prepare(&server);
    server.options.listeners[0].certificate = certificate;
    server.options.listeners[0].private_key = private_key;
    test_server_start(&server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    X509_free(issued);
    return test_server_end(&server);
}

/* A client that trusts our certificate alone, up to this version of TLS. */
static SSL *shake_hands(SSL_CTX **context, int fd, int newest)
{
    *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(*context, 0); /* so that it would go as low as the server lets it */
    X509_STORE_add_cert(SSL_CTX_get_cert_store(*context), issued);
    SSL_CTX_set_verify(*context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_min_proto_version(*context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(*context, newest);
    SSL *tls = SSL_new(*context);
    SSL_set_fd(tls, fd);
    return tls;
}

static void pay_over(SSL *tls, char answer[4096])
{
    char request[4096];
    char body[512];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", test_token(7, FAKE_APPROVES));
    snprintf(request,
             sizeof request,
             "POST /process HTTP/1.1\r\nHost: t\r\nAuthorization: %s\r\n"
             "Content-Type: application/json\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
             test_bearer(7),
             strlen(body),
             body);
    assert_true(SSL_write(tls, request, (int)strlen(request)) > 0);
    size_t size = 0;
    int got = 0;
    while (size < 4095 && (got = SSL_read(tls, answer + size, (int)(4095 - size))) > 0)
        size += (size_t)got;
    answer[size] = '\0';
}

/* A payment over TLS is a payment. */
static void payment_over_tls(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        char answer[4096];
        SSL_CTX *context = NULL;
        int fd = raw_connect(test_server_port(&server));
        SSL *tls = shake_hands(&context, fd, versions[i]);
        assert_int_equal(SSL_connect(tls), 1);
        assert_int_equal(SSL_version(tls), versions[i]);
        pay_over(tls, answer);
        assert_non_null(strstr(answer, "HTTP/1.1 200 OK"));
        assert_non_null(strstr(answer, "\"state\":\"approved\""));
        SSL_free(tls);
        SSL_CTX_free(context);
        close(fd);
    }
}

/* TLS 1.0 and 1.1 are over (RFC 8996). */
static void old_versions_are_refused(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        SSL_CTX *context = NULL;
        int fd = raw_connect(test_server_port(&server));
        SSL *tls = shake_hands(&context, fd, versions[i]);
        assert_int_not_equal(SSL_connect(tls), 1);
        SSL_free(tls);
        SSL_CTX_free(context);
        close(fd);
    }
}

/* Plain text hears nothing there. */
static void plain_text_is_refused(void **state)
{
    (void)state;
    static struct raw_reply reply;
    raw_ask(test_server_port(&server), "/livez", "", NULL, &reply);
    assert_int_not_equal(reply.status, 200);
}

/* A listener whose key is not its certificate's, or is none, does not open. */
static void broken_keys_do_not_open(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "not a PEM", "-----BEGIN PRIVATE KEY-----\nx\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct rcp_http_options options = server.options;
        options.listener_count = 1;
        options.listeners[0].private_key = broken[i];
        assert_null(rcp_http_open(&options));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payment_over_tls),
        cmocka_unit_test(old_versions_are_refused),
        cmocka_unit_test(plain_text_is_refused),
        cmocka_unit_test(broken_keys_do_not_open),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
