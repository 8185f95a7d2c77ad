/* Each effect is answered by one letter, made from the effect at once and opened later. */
#include "tests/prod/support/fake_backends.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_QUESTIONS 2u /* of FAKE_OPENS: answered "open" so often */
#define HELD_MAX       4096u

struct fake_letter {
    struct rcp_letter letter;
    struct rcp_event event;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    struct rcp_order_row orders[RCP_TX_ROWS_MAX];
    struct rcp_pg_transaction transaction;
};

struct fake_backends {
    struct rcp_loop *loop;
    const struct rcp_token_keys *keys;
    uint32_t questions; /* asked about FAKE_OPENS */
    bool recovered;     /* FAKE_RECOVERS has failed once */
    pthread_mutex_t lock;
    uint32_t held_count;
    struct rcp_letter *held[HELD_MAX];
};

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct fake_letter *fake = (struct fake_letter *)letter;
    rcp_loop_step(loop, &fake->event);
    free(fake);
}

static struct fake_letter *letter_for(enum rcp_event_kind kind)
{
    struct fake_letter *fake = calloc(1, sizeof *fake);
    if (fake == NULL)
        abort();
    fake->letter.open = open_letter;
    fake->event.kind = kind;
    return fake;
}

static void post(struct fake_backends *backends, struct fake_letter *fake)
{
    rcp_loop_post(backends->loop, &fake->letter);
}

static void hold(struct fake_backends *backends, struct fake_letter *fake)
{
    pthread_mutex_lock(&backends->lock);
    if (backends->held_count == HELD_MAX)
        abort();
    backends->held[backends->held_count++] = &fake->letter;
    pthread_mutex_unlock(&backends->lock);
}

/* --- Redis --- */

static void on_redis(void *adapter,
                     const struct rcp_effects *effects,
                     const struct rcp_effect *effect)
{
    struct fake_backends *backends = adapter;
    struct rcp_bytes bytes;
    (void)effects;
    rcp_handles_get(rcp_loop_handles(backends->loop), effect->redis.token, &bytes);
    struct rcp_token token = rcp_token_read(backends->keys, bytes.at, bytes.size);
    struct fake_letter *fake = letter_for(RCP_EVENT_REDIS_DONE);
    struct rcp_redis_done *done = &fake->event.redis_done;
    done->op_id = effect->redis.op_id;
    done->outcome = RCP_OUTCOME_DONE;
    done->found = token.activity_id != FAKE_EXPIRED;
    done->readable = true;
    done->payload = (struct rcp_payload){.user_id = token.user_id,
                                         .activity_id = token.activity_id,
                                         .product_id = 11,
                                         .quantity = 1};
    bool fails = token.activity_id == FAKE_NOBODY ||
                 (token.activity_id == FAKE_RECOVERS && !backends->recovered);
    if (fails)
        done->outcome = RCP_OUTCOME_UNKNOWN;
    if (token.activity_id == FAKE_HOLDS && effect->redis.verb == RCP_REDIS_GET)
        hold(backends, fake);
    else
        post(backends, fake);
}

/* --- MySQL: the first document --- */

static enum rcp_verdict approve_verdict(uint64_t activity_id)
{
    return activity_id == FAKE_CONFLICTS ? RCP_VERDICT_CONFLICT : RCP_VERDICT_APPROVED;
}

static enum rcp_verdict lookup_verdict(struct fake_backends *backends, uint64_t activity_id)
{
    switch (activity_id) {
    case FAKE_OPENS:
        return ++backends->questions > OPEN_QUESTIONS ? RCP_VERDICT_APPROVED : RCP_VERDICT_OPEN;
    case FAKE_PARKS:
        return RCP_VERDICT_PARKED;
    case FAKE_EXPIRED:
        return RCP_VERDICT_REJECTED;
    case FAKE_APPROVES:
        return RCP_VERDICT_APPROVED;
    default:
        return RCP_VERDICT_NOTHING;
    }
}

static enum rcp_verdict verdict_of(struct fake_backends *backends,
                                   enum rcp_script script,
                                   uint64_t activity_id)
{
    if (script == RCP_SCRIPT_APPROVE)
        return approve_verdict(activity_id);
    if (script == RCP_SCRIPT_LOOKUP)
        return lookup_verdict(backends, activity_id);
    if (script == RCP_SCRIPT_LOG)
        return activity_id == FAKE_PARKS ? RCP_VERDICT_PARKED : RCP_VERDICT_LOGGED;
    return script == RCP_SCRIPT_FENCE ? RCP_VERDICT_REJECTED : RCP_VERDICT_WRITTEN;
}

/* Whether the database does it at all for this activity. */
static enum rcp_outcome outcome_of(struct fake_backends *backends,
                                   enum rcp_script script,
                                   uint64_t activity_id)
{
    bool approves_not = activity_id == FAKE_OPENS || activity_id == FAKE_PARKS;
    if (script == RCP_SCRIPT_APPROVE && approves_not)
        return RCP_OUTCOME_REFUSED;
    if (activity_id == FAKE_NOBODY)
        return RCP_OUTCOME_UNKNOWN;
    if (activity_id != FAKE_RECOVERS || backends->recovered)
        return RCP_OUTCOME_DONE;
    backends->recovered = true;
    return RCP_OUTCOME_REFUSED;
}

static void fill_payments(struct fake_backends *backends,
                          struct fake_letter *fake,
                          const struct rcp_effects *effects,
                          const struct rcp_mysql_effect *script)
{
    struct rcp_mysql_done *done = &fake->event.mysql_done;
    bool pages = script->script == RCP_SCRIPT_CLAIM || script->script == RCP_SCRIPT_SWEEP;
    if (pages || script->row_count == 0)
        return;
    done->row_count = script->row_count;
    done->rows = fake->rows;
    memcpy(fake->rows, &effects->rows[script->first_row], script->row_count * sizeof fake->rows[0]);
    uint64_t first = fake->rows[0].payload.activity_id;
    done->outcome = outcome_of(backends, script->script, first);
    for (uint32_t i = 0; i < script->row_count; i++) {
        uint64_t activity_id = fake->rows[i].payload.activity_id;
        fake->rows[i].verdict = (uint8_t)verdict_of(backends, script->script, activity_id);
    }
}

/* --- MySQL: the second document --- */

static enum rcp_order_verdict place_verdict(uint32_t product_id)
{
    switch (product_id) {
    case FAKE_POINTS:
        return RCP_ORDER_VERDICT_PAID;
    case FAKE_SOLD_OUT:
        return RCP_ORDER_VERDICT_NO_STOCK;
    case FAKE_OTHER_BODY:
        return RCP_ORDER_VERDICT_OTHER;
    case FAKE_RUNNING:
        return RCP_ORDER_VERDICT_RUNNING;
    default:
        return RCP_ORDER_VERDICT_PLACED;
    }
}

static void place(struct fake_letter *fake, struct rcp_order_row *row)
{
    uint32_t product_id = row->cart.items[0].product_id;
    row->verdict = (uint8_t)place_verdict(product_id);
    row->order_id = 2000u + product_id;
    row->status = row->verdict == RCP_ORDER_VERDICT_PAID ? RCP_CHARGE_PAID : RCP_CHARGE_IN_PROGRESS;
    if (product_id == FAKE_DATABASE)
        fake->event.mysql_done.outcome = RCP_OUTCOME_REFUSED;
}

static void find(struct rcp_order_row *row)
{
    row->user_id = 7;
    row->status = RCP_CHARGE_PAID;
    row->verdict = RCP_ORDER_VERDICT_PAID;
    if (row->order_id == FAKE_ORDER_IN_PROGRESS) {
        row->status = RCP_CHARGE_IN_PROGRESS;
        row->verdict = RCP_ORDER_VERDICT_PLACED;
    } else if (row->order_id != FAKE_ORDER_PAID) {
        row->verdict = RCP_ORDER_VERDICT_NOTHING;
    }
}

static void fill_orders(struct fake_letter *fake,
                        const struct rcp_effects *effects,
                        const struct rcp_mysql_effect *script)
{
    struct rcp_mysql_done *done = &fake->event.mysql_done;
    done->orders = fake->orders;
    if (script->script == RCP_SCRIPT_DUE)
        return;
    done->row_count = script->row_count;
    memcpy(fake->orders,
           &effects->orders[script->first_row],
           script->row_count * sizeof fake->orders[0]);
    for (uint32_t i = 0; i < script->row_count; i++) {
        struct rcp_order_row *row = &fake->orders[i];
        if (script->script == RCP_SCRIPT_PLACE)
            place(fake, row);
        else if (script->script == RCP_SCRIPT_FIND)
            find(row);
        else
            row->verdict = RCP_ORDER_VERDICT_WRITTEN;
    }
}

static void on_mysql(void *adapter,
                     const struct rcp_effects *effects,
                     const struct rcp_effect *effect)
{
    struct fake_backends *backends = adapter;
    struct fake_letter *fake = letter_for(RCP_EVENT_MYSQL_DONE);
    struct rcp_mysql_done *done = &fake->event.mysql_done;
    done->op_id = effect->mysql.op_id;
    done->outcome = RCP_OUTCOME_DONE;
    done->session = 1;
    if (rcp_script_is_order(effect->mysql.script))
        fill_orders(fake, effects, &effect->mysql);
    else
        fill_payments(backends, fake, effects, &effect->mysql);
    if (done->outcome == RCP_OUTCOME_REFUSED)
        done->error = RCP_ERROR_CONNECTION;
    post(backends, fake);
}

/* --- The PG, Kafka, and who is told --- */

static void on_pg(void *adapter, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    struct fake_letter *fake = letter_for(RCP_EVENT_PG_DONE);
    struct rcp_pg_done *done = &fake->event.pg_done;
    bool declined = effect->pg.order_id == 2000u + FAKE_DECLINED;
    (void)effects;
    done->op_id = effect->pg.op_id;
    done->answer = declined ? RCP_PG_BAD_REQUEST : RCP_PG_OK;
    done->count = declined ? 0 : 1;
    done->transactions = &fake->transaction;
    fake->transaction = (struct rcp_pg_transaction){.key = 77, .status = RCP_PG_PENDING};
    post(adapter, fake);
}

static void on_send(void *adapter,
                    const struct rcp_effects *effects,
                    const struct rcp_effect *effect)
{
    struct fake_letter *fake = letter_for(RCP_EVENT_SENT);
    (void)effects;
    fake->event.sent.op_id = effect->send.op_id;
    fake->event.sent.outcome = RCP_OUTCOME_DONE;
    post(adapter, fake);
}

static void on_nothing(void *adapter,
                       const struct rcp_effects *effects,
                       const struct rcp_effect *effect)
{
    (void)adapter;
    (void)effects;
    (void)effect;
}

/* --- Life --- */

struct fake_backends *fake_backends_open(struct rcp_loop *loop, const struct rcp_token_keys *keys)
{
    struct fake_backends *backends = calloc(1, sizeof *backends);
    if (backends == NULL)
        return NULL;
    backends->loop = loop;
    backends->keys = keys;
    pthread_mutex_init(&backends->lock, NULL);
    return backends;
}

void fake_backends_free(struct fake_backends *backends)
{
    for (uint32_t i = 0; i < backends->held_count; i++)
        free(backends->held[i]);
    pthread_mutex_destroy(&backends->lock);
    free(backends);
}

void fake_backends_plug_in(struct fake_backends *backends)
{
    static const struct {
        enum rcp_effect_kind kind;
        void (*issue)(void *adapter,
                      const struct rcp_effects *effects,
                      const struct rcp_effect *effect);
    } ports[] = {
        {RCP_EFFECT_REDIS, on_redis},
        {RCP_EFFECT_MYSQL, on_mysql},
        {RCP_EFFECT_SEND, on_send},
        {RCP_EFFECT_PG, on_pg},
        {RCP_EFFECT_FETCH, on_nothing},
        {RCP_EFFECT_COMMIT_OFFSET, on_nothing},
        {RCP_EFFECT_ALERT, on_nothing},
        {RCP_EFFECT_ORDER_ALERT, on_nothing},
    };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct rcp_port port = {.adapter = backends, .issue = ports[i].issue};
        rcp_loop_port(backends->loop, ports[i].kind, port);
    }
}

void fake_release(struct fake_backends *backends)
{
    pthread_mutex_lock(&backends->lock);
    for (uint32_t i = 0; i < backends->held_count; i++)
        rcp_loop_post(backends->loop, backends->held[i]);
    backends->held_count = 0;
    pthread_mutex_unlock(&backends->lock);
}

uint32_t fake_held(struct fake_backends *backends)
{
    pthread_mutex_lock(&backends->lock);
    uint32_t count = backends->held_count;
    pthread_mutex_unlock(&backends->lock);
    return count;
}
