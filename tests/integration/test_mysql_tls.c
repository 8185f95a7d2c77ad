/* TLS to a real MariaDB: whose certificate is believed, and that nothing goes through in the open. */
#include "prod/mysql/session.h"
#include "tests/prod/support/own_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct own_server server;
static char ca[96], other_ca[96], cert[96], key[96];

static int begin(void **state)
{
    (void)state;
    if (!rcp_session_library_init())
        return 1;
    own_server_start(
        &server, "tests/services/mariadb.sh", "tls --bind-address=127.0.0.1,127.0.0.2");
    snprintf(ca, sizeof ca, "%s/ca.pem", server.dir);
    snprintf(other_ca, sizeof other_ca, "%s/other.pem", server.dir);
    snprintf(cert, sizeof cert, "%s/mariadb.pem", server.dir);
    snprintf(key, sizeof key, "%s/mariadb.key", server.dir);
    return 0;
}

static int end(void **state)
{
    (void)state;
    own_server_end(&server);
    rcp_session_thread_end();
    rcp_session_library_end();
    return 0;
}

static void take_cipher(void *context, const struct rcp_sql_value columns[])
{
    *(bool *)context = columns[1].text_size > 0;
}

/* Its user must use TLS, so in the open it is turned away. */
static void only_the_own_authority_is_believed(void **state)
{
    (void)state;
    static const char cipher[] = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
    const struct {
        const char *name;
        const char *host;
        const char *ca;
        const char *cert;
        enum rcp_tls tls;
        bool stands;
    } rows[] = {
        {"in the open", "127.0.0.1", NULL, NULL, RCP_TLS_OFF, false},
        {"encrypted, whoever it is", "127.0.0.1", NULL, NULL, RCP_TLS_REQUIRED, true},
        {"verified by address", "127.0.0.1", ca, NULL, RCP_TLS_VERIFIED, true},
        {"with a certificate of its own", "127.0.0.1", ca, cert, RCP_TLS_VERIFIED, true},
        {"another authority's", "127.0.0.1", other_ca, NULL, RCP_TLS_VERIFIED, false},
        {"another host's, unverified", "127.0.0.2", NULL, NULL, RCP_TLS_REQUIRED, true},
        {"another host's", "127.0.0.2", ca, NULL, RCP_TLS_VERIFIED, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct rcp_session_options options = {
            .host = rows[i].host,
            .port = server.port,
            .user = "recoup",
            .password = "recoup",
            .database = "recoup",
            .tls = rows[i].tls,
            .tls_ca = rows[i].ca,
            .tls_cert = rows[i].cert,
            .tls_key = rows[i].cert != NULL ? key : NULL,
        };
        struct rcp_session_error error = {0};
        struct rcp_session *session = rcp_session_open(&options, &error);
        bool encrypted = false;
        if ((session != NULL) != rows[i].stands)
            fail_msg("%s: %s", rows[i].name, error.text);
        if (session == NULL) {
            assert_int_not_equal(error.text[0], '\0');
            continue;
        }
        assert_int_equal(rcp_session_run(session, cipher, NULL, 0, &encrypted, take_cipher, NULL),
                         RCP_SQL_OK);
        assert_true(encrypted);
        assert_false(rcp_session_is_stale(session));
        rcp_session_close(session);
    }
}

/* A session that is cut from another thread ends at once, encrypted or not. */
static void an_encrypted_session_can_be_cut(void **state)
{
    (void)state;
    const struct rcp_session_options options = {.host = "127.0.0.1",
                                                .port = server.port,
                                                .user = "recoup",
                                                .password = "recoup",
                                                .database = "recoup",
                                                .tls = RCP_TLS_REQUIRED};
    struct rcp_session_error error = {0};
    struct rcp_session *session = rcp_session_open(&options, &error);
    assert_non_null(session);
    rcp_session_cut(session);
    assert_int_equal(rcp_session_say(session, "DO 0", 4), RCP_SQL_CONNECTION);
    assert_true(rcp_session_is_lost(session));
    assert_int_equal(rcp_session_commit(session), RCP_OUTCOME_REFUSED);
    rcp_session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_own_authority_is_believed),
        cmocka_unit_test(an_encrypted_session_can_be_cut),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
