/* A scenario: everything that makes a world, before chance. The YAML reader and the swarm's generator
 * fill the same struct; the writer turns it back into YAML. Plain data, copied by assignment. */
#ifndef RCP_SIM_SCENARIO_H
#define RCP_SIM_SCENARIO_H

#include "core/limits.h"
#include "core/node.h"
#include "core/order/order.h"
#include "core/policy.h"
#include "core/record.h"
#include "sim/chance.h"

#define RCP_NAME_MAX         96u
#define RCP_TEXT_MAX         1024u
#define RCP_WORK_MAX         64u
#define RCP_PLAN_MAX         64u
#define RCP_RULES_MAX        64u
#define RCP_EXPECT_MAX       48u
#define RCP_TAPE_MAX         4096u
#define RCP_TAPE_CHAINS      1024u /* of the tape by key: a power of two */
#define RCP_PARTICIPANTS_MAX 24u

#define RCP_NODES_MAX      8u
#define RCP_ACTIVITIES_MAX 16u
#define RCP_USERS_MAX      65536u /* per activity */
#define RCP_PAYMENTS_MAX   65536u /* activities x users */
#define RCP_PURCHASES_MAX  65536u /* buyers x purchases */
#define RCP_PRODUCTS_MAX   8u

/* What the world is made of. */
struct rcp_world_config {
    struct rcp_limits limits;   /* of each node */
    uint32_t nodes;             /* service instances */
    uint32_t nodes_per_process; /* a crash takes a whole process */
    uint32_t activities;        /* campaign activities 1..activities */
    uint32_t users;             /* users 1..users of each activity */
    uint32_t capacity;          /* of each activity */
    uint32_t sessions;          /* MySQL: max_connections */
    uint32_t rows;              /* MySQL: room in payment_failure_log; full ends the run as error */
    uint32_t records;           /* Kafka: room per partition; full ends the run as error */
    uint32_t pending;           /* room for pending events; full ends the run as error */
    uint32_t spare;             /* 0: worlds are compared as bytes, so none of them is padding */
    uint64_t token_ttl_ms;      /* of a token as issued */
    uint64_t orphan_ms;         /* MySQL notices a dead client within this */
    uint64_t session_timeout_ms; /* Kafka notices a dead consumer within this */
    uint64_t retention_ms;       /* Kafka */
    uint64_t client_timeout_ms;  /* a client hangs up after this and asks again */
    uint64_t client_pause_ms;    /* between two tries of a client */
    uint32_t client_tries; /* while faults last; afterwards a client asks until it has an answer */
    uint32_t exchanges;    /* room for requests of clients; full ends the run as error */
    uint32_t
        instant; /* 1: what takes at most RCP_INSTANT_MS takes no time; order is all there is */

    /* The second document. No products: a world without a shop, and limits.orders is 0. */
    uint32_t products;         /* 1..products, RCP_PRODUCTS_MAX at most */
    uint32_t stock;            /* of each product */
    uint32_t buyers;           /* 1..buyers; one coupon each */
    uint32_t purchases;        /* of each buyer */
    uint32_t orders;           /* room in orders and payments; full ends the run as error */
    uint32_t refunds;          /* room in refunds; full ends the run as error */
    uint32_t transactions;     /* PG: room for transactions; full ends the run as error */
    uint64_t points;           /* of each buyer, KRW */
    uint64_t price;            /* of product p: price * p, KRW */
    uint64_t discount;         /* of each coupon, KRW */
    uint64_t first_order_id;   /* short ones are refused by the PG (FACTS 1.9, 5) */
    uint64_t pg_settles_ms[2]; /* PG: shortest and longest time from PENDING to its end */
    struct rcp_gateway gateway;
};

/* The second document's half is there. */
static inline bool rcp_world_has_shop(const struct rcp_world_config *config)
{
    return config->products > 0;
}

/* One line of the workload: kind, whom it concerns, when. */
enum rcp_work_kind {
    RCP_WORK_NONE,
    RCP_WORK_PAY,           /* reserve, then pay with the token */
    RCP_WORK_DOUBLE_CLICK,  /* pays twice at once */
    RCP_WORK_FOREIGN_TOKEN, /* `by` pays with the user's token */
    RCP_WORK_FORGED_TOKEN,  /* a token with a wrong signature */
    RCP_WORK_MALFORMED_TOKEN,
    RCP_WORK_LOGGED_OUT,    /* expired login: nobody authenticated */
    RCP_WORK_STATUS,        /* asks for the status with the token */
    RCP_WORK_PAY_AGAIN,     /* asks again with the same token, whatever was answered */
    RCP_WORK_OTHER_PAYLOAD, /* the token's value in Redis now names another product; then pays again */
    RCP_WORK_REJECT,        /* an operator rejects the reservation */
    RCP_WORK_BACKLOG,       /* reserved, asked and logged: a PENDING row is there, due at once */
    RCP_WORK_RESERVE,       /* takes a token and does not pay */
    RCP_WORK_RETRY,         /* an operator has the parked payment tried again */
    RCP_WORK_PARK,          /* an operator has the open payment left alone */

    /* The second document: for the buyers user_first..user_last, purchase `purchase` of each. */
    RCP_WORK_ORDER,            /* orders `items`, under the purchase's Idempotency-Key */
    RCP_WORK_ORDER_TWICE,      /* clicks twice at once */
    RCP_WORK_ORDER_AGAIN,      /* asks again with the same key, whatever was answered */
    RCP_WORK_ORDER_OTHER_BODY, /* the same key with another cart */
    RCP_WORK_ORDER_UNADDED,    /* amounts that do not add up */
    RCP_WORK_ORDER_STATUS,     /* asks what became of it */
    RCP_WORK_ORDER_ASK,        /* an operator asks the PG about it now */
    RCP_WORK_ORDER_FAIL,       /* an operator says that it has failed */
    RCP_WORK_CALLBACK_FORGED,  /* a stranger calls back: SUCCESS */
    RCP_WORK_KIND_COUNT
};

struct rcp_work {
    uint64_t at_ms;
    uint64_t every_ms; /* between users where user_first < user_last */
    uint32_t kind;     /* enum rcp_work_kind */
    uint32_t activity; /* 1.. */
    uint32_t user_first;
    uint32_t user_last;    /* inclusive */
    uint32_t by_user;      /* FOREIGN_TOKEN: the stranger */
    uint32_t purchase;     /* second document: 1.. */
    uint8_t point_percent; /* ORDER: so much of the total is paid by points */
    uint8_t coupon;        /* ORDER: 1: with the buyer's coupon */
    uint8_t spare[6];      /* zero */
    struct rcp_order_item items[RCP_ORDER_ITEMS_MAX]; /* ORDER */
};

/* A planned fault or bad input: at a time, maybe for a while. */
struct rcp_plan {
    uint64_t at_ms;
    uint64_t for_ms;
    uint64_t by_ms;
    uint32_t fault;    /* enum rcp_fault, class PLANNED or INPUT */
    uint32_t node;     /* 1.., 0 where it concerns none */
    uint32_t activity; /* INPUT: the payment it concerns */
    uint32_t user;
    uint8_t may_not_fire;
    uint8_t spare[7];
};

/* A rule for choices: the fate, or the length, of effects that match. 0 in a selector matches all. */
struct rcp_rule {
    uint64_t takes_ms;       /* TAKES with an exact time; 0: `option` says it */
    uint32_t why;            /* enum rcp_why: FATE or TAKES */
    uint32_t option;         /* enum rcp_fault or enum rcp_takes */
    uint32_t site;           /* enum rcp_site; NONE matches every site where the fault may strike */
    uint32_t activity, user; /* a payment */
    uint32_t node;
    uint32_t nth_first, nth_last;    /* inclusive; 0,0 matches every nth */
    uint32_t chance_num, chance_den; /* 1/1: always */
    uint64_t from_ms, until_ms;      /* only then; 0,0 always (before the heal) */
    uint32_t only_partition;         /* partition + 1; 0 any */
    uint32_t purchase;               /* 1..: a purchase, of `user` where that is given; 0 any */
    uint8_t may_not_fire;
    uint8_t spare[7];
};

/* `order:` the effect `first` is stepped before the effect `then` where both are possible. */
struct rcp_order_rule {
    uint32_t site[2]; /* [0] first; NONE: whatever else is possible. [1] then */
    uint32_t activity[2];
    uint32_t user[2];
    uint32_t purchase[2]; /* 1.. */
    uint32_t node[2];
    uint32_t nth[2];  /* 0: any */
    uint8_t phase[2]; /* enum rcp_phase; 0 (ISSUE) matches any */
    uint8_t may_not_fire;
    uint8_t spare[5];
};

enum rcp_expect_kind {
    RCP_EXPECT_NONE,
    RCP_EXPECT_HELD,      /* default: every invariant holds */
    RCP_EXPECT_VIOLATION, /* invariant `number` is violated in every or some seed */
    RCP_EXPECT_ANSWER, /* answers with HTTP status `number`, to a user or to all: count in [min, max] */
    RCP_EXPECT_ENTRIES, /* entries with status `number`: count in [min, max] */
    RCP_EXPECT_ROWS, /* failure rows with status `number` (cause `detail`): count in [min, max] */
    RCP_EXPECT_RECORDS,        /* records written to the retry topic: count in [min, max] */
    RCP_EXPECT_PARKED_RECORDS, /* raw parked records: count in [min, max] */
    RCP_EXPECT_ALERTS,         /* alerts raised: count in [min, max] */
    RCP_EXPECT_DRAINED_WITHIN, /* the world drains at most max ms after the heal; at least min ms */
    RCP_EXPECT_EVENT,          /* record kind `number` (core/record.h) seen: count in [min, max] */
    RCP_EXPECT_ORDERS,         /* orders whose payment has status `number`: count in [min, max] */
    RCP_EXPECT_REFUNDS,        /* refunds with status `number`: count in [min, max] */
    RCP_EXPECT_TRANSACTIONS, /* transactions at the PG with status `number`: count in [min, max] */
    RCP_EXPECT_IN_ORDER, /* records of one payment are consumed in the order in which they were sent: `number` 1 yes, 0 no */
    RCP_EXPECT_KIND_COUNT
};

struct rcp_expect {
    uint64_t min, max;
    uint32_t kind; /* enum rcp_expect_kind */
    uint32_t number;
    uint32_t detail;
    uint32_t activity, user; /* 0: all */
    uint32_t line;           /* of the file, for messages */
    uint8_t every;           /* VIOLATION, others: 1 in every seed, 0 in some seed */
    uint8_t spare[7];
};

/* Participants of the diagram: the documents' role names. */
enum rcp_participant {
    RCP_PARTICIPANT_NONE,
    RCP_PARTICIPANT_USER,
    RCP_PARTICIPANT_FRONTEND,
    RCP_PARTICIPANT_CONTROLLER,  /* PaymentController */
    RCP_PARTICIPANT_SERVICE,     /* PaymentService */
    RCP_PARTICIPANT_LOG_SERVICE, /* PaymentFailureLogService */
    RCP_PARTICIPANT_SCHEDULER,   /* PaymentRecoveryScheduler */
    RCP_PARTICIPANT_CONSUMER,    /* PaymentRetryConsumer */
    RCP_PARTICIPANT_REDIS,
    RCP_PARTICIPANT_ENTRY_TABLE, /* MySQL (Entry Table) */
    RCP_PARTICIPANT_LOG_TABLE,   /* MySQL (Log Table) */
    RCP_PARTICIPANT_KAFKA,

    /* The second document. */
    RCP_PARTICIPANT_ORDER_FACADE,      /* OrderFacade */
    RCP_PARTICIPANT_PAYMENT_FACADE,    /* PaymentFacade */
    RCP_PARTICIPANT_PAYMENT_SCHEDULER, /* PaymentScheduler */
    RCP_PARTICIPANT_RESULT_HANDLER,    /* PaymentResultHandler */
    RCP_PARTICIPANT_PG_CLIENT,         /* PgClient */
    RCP_PARTICIPANT_PG,
    RCP_PARTICIPANT_ORDER_TABLES, /* MySQL (Order Tables) */
    RCP_PARTICIPANT_COUNT
};

struct rcp_diagram {
    uint64_t from_ms, until_ms; /* 0,0: the whole run */
    uint8_t participants
        [RCP_PARTICIPANTS_MAX]; /* enum rcp_participant in drawing order; NONE ends; empty: all */
};

/* What the twice oracle (sim/twice.h) performs a second time. */
enum rcp_twice_kind {
    RCP_TWICE_NONE,
    RCP_TWICE_REQUEST, /* a request that reached a node reaches it again, as a request of its own */
    RCP_TWICE_COMMIT, /* a transaction that took effect runs again, whole, and nobody hears of it */
    RCP_TWICE_DELIVERY, /* a record that was delivered comes again, after its partition moved on */
    RCP_TWICE_PASS,     /* what one scheduler or sweep pass does, another instance does as well */
    RCP_TWICE_KIND_COUNT
};

struct rcp_scenario {
    char name[RCP_NAME_MAX]; /* from the file name: "flaws/token-delete-documented" */
    char path[512];
    char why[RCP_TEXT_MAX];         /* the leading comment */
    uint64_t seed_first, seed_last; /* inclusive */
    struct rcp_policy base;         /* the preset */
    struct rcp_policy policy;       /* the preset with the knobs turned */
    struct rcp_world_config world;
    uint64_t heal_ms;              /* faults end, all comes back */
    uint64_t drain_ms;             /* at most this long after the heal */
    uint32_t chaos_num, chaos_den; /* how often the picker leaves the dull order */
    uint32_t slow_num, slow_den;   /* how often a message does not take its shortest */
    uint64_t invariants;           /* bit i: invariant i is checked; all by default */
    uint32_t work_count, plan_count, rule_count, order_count, expect_count, tape_count;
    struct rcp_work work[RCP_WORK_MAX];
    struct rcp_plan plan[RCP_PLAN_MAX];
    struct rcp_rule rules[RCP_RULES_MAX];
    struct rcp_order_rule order[RCP_RULES_MAX];
    struct rcp_expect expect[RCP_EXPECT_MAX];
    struct rcp_diagram diagram;
    uint8_t
        tape_only; /* 1: chance takes nothing but the tape and the rules without `chance` (a replayed run) */
    uint8_t spare[3];
    /* For the twice oracle alone; zero in every file. */
    uint32_t twice;       /* enum rcp_twice_kind */
    uint32_t twice_nth;   /* the nth of its kind in this run; 1 is the first */
    uint8_t twice_heals;  /* 1: there, all that chance and the plan would still do is called off */
    uint8_t twice_spares; /* 1: it is not performed twice after all: a run to compare with */
    uint8_t spare_twice[6];
    struct rcp_tape_entry tape[RCP_TAPE_MAX];
};

/* Fills in every default; the reader and the generator start from here. */
void rcp_scenario_defaults(struct rcp_scenario *scenario);

/* Why this scenario cannot make a world (limits out of range, node numbers past the nodes ...), in
 * words, into text; returns false then. The same check for what was read and what was generated. */
bool rcp_scenario_valid(const struct rcp_scenario *scenario, char *text, uint32_t text_size);

#endif
