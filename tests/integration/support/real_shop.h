/* A shop's tables on a real MariaDB, and the words that tests of the order scripts are written in: 4 products
 * at 1000 to 4000 KRW, 40 of each; 4 buyers with 5000 points and a coupon of 500 KRW, whose id is theirs. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_REAL_SHOP_H
#define RCP_TESTS_INTEGRATION_SUPPORT_REAL_SHOP_H

#include "prod/mysql/script.h"

#define REAL_FIRST    100001u /* the first order's id */
#define REAL_PRODUCTS 4u
#define REAL_STOCK    40u
#define REAL_PRICE    1000u
#define REAL_BUYERS   4u
#define REAL_POINTS   5000u
#define REAL_DISCOUNT 500u

/* ---- The server ----------------------------------------------------------------------------- */

/* Group set-up and tear-down: one server for all tests of a program. */
int real_begin(void **state);
int real_end(void **state);

/* Set-up of a test: a shop that has just opened. Tear-down: nothing was lost in it. */
int real_open(void **state);
int real_close(void **state);

/* A fresh shop in the middle of a test. */
void real_again(void);

/* Tear-down without a look at what was lost. */
void real_leave(void);

/* How the server is reached. */
struct rcp_session_options real_options(void);

/* Session 0 or 1 of this thread's tests. */
struct rcp_session *real_session(uint32_t which);

/* Another one, for a thread of its own. */
struct rcp_session *real_connect(void);

/* Both sessions' clock stands still at this time; 0: it goes on. */
void real_clock(uint64_t unix_ms);

/* A statement of no script, committed; and the number in the first column of the first row. */
void real_do(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t real_number(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Units of a product, points of a buyer, rows of a table. */
uint64_t real_stock(uint32_t product);
uint64_t real_points(uint32_t buyer);
uint64_t real_count(const char *table);

/* The rows of a statement, a string constant. */
void real_read(const char *sql,
               void *context,
               void (*row)(void *context, const struct rcp_sql_value columns[]));

/* Units, points, coupons, amounts and statuses are as the orders say. */
void real_must_conserve(void);

/* ---- Scripts -------------------------------------------------------------------------------- */

struct real_row {
    struct rcp_order_row row;
    struct rcp_order_bytes bytes;
};

struct real_ask {
    enum rcp_script script;
    uint32_t flags;
    uint32_t page;
    uint32_t kill;
    const struct real_row *row; /* NULL: none */
};

struct real_answer {
    enum rcp_sql_end end;
    enum rcp_outcome outcome; /* of COMMIT; REFUSED where it did not come to that */
    uint32_t error;           /* code of the statement that failed */
    uint32_t count;
    bool more;
    struct real_row rows[RCP_TX_ROWS_MAX];
};

/* The script's statements; its transaction is still open where they all succeeded. */
void real_start(struct rcp_session *session,
                const struct real_ask *ask,
                struct real_answer *answer);
void real_finish(struct rcp_session *session, struct real_answer *answer);

/* Both. */
void real_ask(struct rcp_session *session, const struct real_ask *ask, struct real_answer *answer);

/* The same in a thread, with this session; real_join() waits for its end. */
void real_ask_aside(uint32_t which, const struct real_ask *ask);
const struct real_answer *real_join(uint32_t which);

/* Until this session waits for somebody's lock; fails the test where it never does. */
void real_until_it_waits(uint32_t which);

/* Runs the script alone; its first row as it came back, committed. */
struct real_row real_run(enum rcp_script script, const struct real_row *row, uint32_t flags);
struct real_row real_place(const struct real_row *row);
struct real_row real_settle(const struct real_row *row, enum rcp_settle settle);
struct real_row real_find(uint64_t order_id);

/* ---- Rows ----------------------------------------------------------------------------------- */

void real_put(struct rcp_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool real_has(const struct rcp_bytes *bytes, const char *text);

/* The buyer's nth purchase of one unit of each of these products (0: none), paid by card. */
struct real_row real_cart(uint32_t buyer, uint32_t nth, uint32_t first, uint32_t second);
void real_pay_by_points(struct real_row *row, uint64_t points);
void real_pay_by_coupon(struct real_row *row, uint64_t coupon_id);

/* An order of one unit of product 1, IN_PROGRESS; its row as PLACE brought it back. */
struct real_row real_placed(uint32_t buyer, uint32_t nth);

/* Such an order of buyer 1, moved on to this status. */
struct real_row real_in_status(uint32_t nth, enum rcp_charge_status status);

/* A RESULT's refund line. */
void real_line(struct real_row *row, uint32_t line, const char *key, uint64_t amount);

#endif
