/* Who is logged in by a token, and who is not: algorithms, keys, times, issuers, audiences, subjects. */
#include "prod/http/identity.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW    1700000000u
#define SECRET "a secret of at least 32 bytes, for tests"
#define OTHER  "another secret of more than 32 bytes here"

static char private_pem[8192];
static char public_pem[8192];

static void read_all(BIO *bio, char text[8192])
{
    int size = BIO_read(bio, text, 8191);
    assert_true(size > 0);
    text[size] = '\0';
    BIO_free(bio);
}

static int make_keys(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIO *private = BIO_new(BIO_s_mem());
    BIO *public = BIO_new(BIO_s_mem());
    assert_non_null(key);
    PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_PUBKEY(public, key);
    read_all(private, private_pem);
    read_all(public, public_pem);
    EVP_PKEY_free(key);
    return 0;
}

static struct rcp_identity identity_of(const char *secret, const char *pem)
{
    struct rcp_identity identity = {.leeway_s = 30};
    if (secret != NULL)
        assert_true(rcp_identity_add(&identity, RCP_JWT_HS256, secret, strlen(secret)));
    if (pem != NULL)
        assert_true(rcp_identity_add(&identity, RCP_JWT_RS256, pem, strlen(pem)));
    return identity;
}

/* An Authorization value; to be freed. */
static char *bearer(const char *grants, jwt_alg_t algorithm, const char *key)
{
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, grants), 0);
    assert_int_equal(
        jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key != NULL ? (int)strlen(key) : 0),
        0);
    char *encoded = jwt_encode_str(jwt);
    assert_non_null(encoded);
    char *text = NULL;
    assert_true(asprintf(&text, "Bearer %s", encoded) > 0);
    free(encoded);
    jwt_free(jwt);
    return text;
}

static uint64_t user_by(const struct rcp_identity *identity,
                        const char *grants,
                        jwt_alg_t algorithm,
                        const char *key)
{
    char *text = bearer(grants, algorithm, key);
    uint64_t user_id = rcp_identity_user(identity, text, NOW);
    free(text);
    return user_id;
}

#define GOOD "{\"sub\":\"42\",\"exp\":1700000100}"

/* Both algorithms log in, by any of several keys. */
static void signed_token_logs_in(void **state)
{
    (void)state;
    struct rcp_identity identity = identity_of(OTHER, public_pem);
    assert_true(rcp_identity_add(&identity, RCP_JWT_HS256, SECRET, strlen(SECRET)));
    assert_int_equal(user_by(&identity, GOOD, JWT_ALG_HS256, SECRET), 42);
    assert_int_equal(user_by(&identity, GOOD, JWT_ALG_HS256, OTHER), 42);
    assert_int_equal(user_by(&identity, GOOD, JWT_ALG_RS256, private_pem), 42);
}

/* The algorithm is the key's: no "none", no other hash, and above all not the public key as an HMAC secret. */
static void algorithm_is_not_the_tokens_choice(void **state)
{
    (void)state;
    struct rcp_identity both = identity_of(SECRET, public_pem);
    struct rcp_identity only_rsa = identity_of(NULL, public_pem);
    assert_int_equal(user_by(&both, GOOD, JWT_ALG_NONE, NULL), 0);
    assert_int_equal(user_by(&both, GOOD, JWT_ALG_HS384, SECRET), 0);
    assert_int_equal(user_by(&both, GOOD, JWT_ALG_HS512, SECRET), 0);
    assert_int_equal(user_by(&both, GOOD, JWT_ALG_RS384, private_pem), 0);
    assert_int_equal(user_by(&both, GOOD, JWT_ALG_HS256, public_pem), 0);
    assert_int_equal(user_by(&only_rsa, GOOD, JWT_ALG_HS256, public_pem), 0);
}

/* Hand-made: {"alg":"none"} in every spelling, with and without a signature; and a signature cut off. */
static void unsigned_tokens_are_refused(void **state)
{
    (void)state;
    static const char *const tokens[] = {
        /* {"alg":"none","typ":"JWT"}.{"sub":"42","exp":1700000100}. */
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0.",
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0.AAAA",
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0",
        /* {"alg":"NoNe"}, {"alg":""}, {} */
        "Bearer eyJhbGciOiJOb05lIn0.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0.",
        "Bearer eyJhbGciOiIifQ.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0.",
        "Bearer e30.eyJzdWIiOiI0MiIsImV4cCI6MTcwMDAwMDEwMH0.",
    };
    struct rcp_identity identity = identity_of(SECRET, public_pem);
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        assert_int_equal(rcp_identity_user(&identity, tokens[i], NOW), 0);
    char *text = bearer(GOOD, JWT_ALG_HS256, SECRET);
    strrchr(text, '.')[1] = '\0';
    assert_int_equal(rcp_identity_user(&identity, text, NOW), 0);
    free(text);
}

/* Any byte changed: nobody. */
static void changed_token_is_nobodys(void **state)
{
    (void)state;
    struct rcp_identity identity = identity_of(SECRET, NULL);
    char *text = bearer(GOOD, JWT_ALG_HS256, SECRET);
    size_t size = strlen(text);
    for (size_t i = strlen("Bearer "); i + 1 < size; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        assert_int_equal(rcp_identity_user(&identity, text, NOW), 0);
        text[i] = was;
    }
    assert_int_equal(rcp_identity_user(&identity, text, NOW), 42);
    free(text);
}

/* Times, issuer, audience and subject, each by its rule. */
static void claims_decide(void **state)
{
    (void)state;
    static const struct {
        const char *grants;
        uint64_t user_id;
    } rows[] = {
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 42},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":[\"x\",\"recoup\"]}", 42},
        {"{\"sub\":\"42\",\"exp\":1699999971,\"iss\":\"shop\",\"aud\":\"recoup\"}",
         42}, /* leeway */
        {"{\"sub\":\"42\",\"exp\":1699999970,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"iss\":\"shop\",\"aud\":\"recoup\"}", 0}, /* no end */
        {"{\"sub\":\"42\",\"exp\":\"1700000100\",\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":-1,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100.5,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"nbf\":1700000030,\"iss\":\"shop\","
         "\"aud\":\"recoup\"}",
         42},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"nbf\":1700000031,\"iss\":\"shop\","
         "\"aud\":\"recoup\"}",
         0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"nbf\":\"soon\",\"iss\":\"shop\",\"aud\":\"recoup\"}",
         0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop2\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":[\"shop\"],\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup2\"}", 0},
        {"{\"sub\":\"42\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":[]}", 0},
        {"{\"sub\":42,\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"0\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"-1\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"042\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"42 \",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"alice\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
        {"{\"sub\":\"9223372036854775807\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}",
         INT64_MAX},
        {"{\"sub\":\"9223372036854775808\",\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}",
         0},
        {"{\"exp\":1700000100,\"iss\":\"shop\",\"aud\":\"recoup\"}", 0},
    };
    struct rcp_identity identity = identity_of(SECRET, NULL);
    strcpy(identity.issuer, "shop");
    strcpy(identity.audience, "recoup");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(user_by(&identity, rows[i].grants, JWT_ALG_HS256, SECRET),
                         rows[i].user_id);
}

/* A header that says "you must understand this" is not understood. */
static void critical_headers_are_refused(void **state)
{
    (void)state;
    struct rcp_identity identity = identity_of(SECRET, NULL);
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    jwt_add_grants_json(jwt, GOOD);
    jwt_add_headers_json(jwt, "{\"crit\":[\"b64\"],\"b64\":false}");
    jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)SECRET, (int)strlen(SECRET));
    char *encoded = jwt_encode_str(jwt);
    char *text = NULL;
    assert_true(asprintf(&text, "Bearer %s", encoded) > 0);
    assert_int_equal(rcp_identity_user(&identity, text, NOW), 0);
    free(text);
    free(encoded);
    jwt_free(jwt);
}

/* What is no bearer token at all. */
static void other_credentials_are_nobodys(void **state)
{
    (void)state;
    static const char *const values[] = {"",
                                         "Bearer",
                                         "Bearer ",
                                         "Basic NDI6eA==",
                                         "bearer",
                                         "Bearer a",
                                         "Bearer a.b",
                                         "Bearer ..",
                                         "Bearer a.b.c",
                                         "Bearer \xff\xff.\xff.\xff"};
    struct rcp_identity identity = identity_of(SECRET, public_pem);
    assert_int_equal(rcp_identity_user(&identity, NULL, NOW), 0);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(rcp_identity_user(&identity, values[i], NOW), 0);
    static char longer[100000];
    memset(longer, 'a', sizeof longer - 1);
    longer[snprintf(longer, sizeof longer, "Bearer ")] = 'a';
    assert_int_equal(rcp_identity_user(&identity, longer, NOW), 0);
}

/* Without a key nobody is logged in, whatever the token says. */
static void without_a_key_nobody_is_logged_in(void **state)
{
    (void)state;
    struct rcp_identity identity = {0};
    assert_int_equal(user_by(&identity, GOOD, JWT_ALG_HS256, SECRET), 0);
    assert_int_equal(user_by(&identity, GOOD, JWT_ALG_NONE, NULL), 0);
}

/* Keys are checked when they are given: a short secret, a PEM as a secret, a secret as a PEM, a private key, one
 * too many. */
static void bad_keys_are_refused(void **state)
{
    (void)state;
    struct rcp_identity identity = {0};
    assert_false(rcp_identity_add(&identity, RCP_JWT_HS256, SECRET, RCP_JWT_SECRET - 1u));
    assert_false(rcp_identity_add(&identity, RCP_JWT_HS256, public_pem, strlen(public_pem)));
    assert_false(rcp_identity_add(&identity, RCP_JWT_RS256, SECRET, strlen(SECRET)));
    assert_false(rcp_identity_add(&identity, RCP_JWT_RS256, private_pem, strlen(private_pem)));
    for (uint32_t i = 0; i < RCP_JWT_KEYS_MAX; i++)
        assert_true(rcp_identity_add(&identity, RCP_JWT_HS256, SECRET, strlen(SECRET)));
    assert_false(rcp_identity_add(&identity, RCP_JWT_HS256, SECRET, strlen(SECRET)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_token_logs_in),
        cmocka_unit_test(algorithm_is_not_the_tokens_choice),
        cmocka_unit_test(unsigned_tokens_are_refused),
        cmocka_unit_test(changed_token_is_nobodys),
        cmocka_unit_test(claims_decide),
        cmocka_unit_test(critical_headers_are_refused),
        cmocka_unit_test(other_credentials_are_nobodys),
        cmocka_unit_test(without_a_key_nobody_is_logged_in),
        cmocka_unit_test(bad_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
