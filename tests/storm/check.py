"""Was anything lost or doubled? Judged by the clients' logs, the database and the PG's ledger alone.

    tests/storm/check.py FOLDER         0: nothing is wrong; 1: it says what
    tests/storm/check.py --plant FOLDER 0: each loss and each double that it plants in a copy is told

A finding is a line: what is wrong, then of whom. The rules are those of docs/POLICIES.md, "Promises of hardened".
"""

import collections
import pickle
import sys

from evidence import Evidence
from plants import PLANTS

PAY_STATUSES = {0, 200, 202, 403, 410, 503}
ORDER_STATUSES = {0, 200, 202, 402, 409, 503}


class Findings:
    def __init__(self):
        self.lines = []
        self.figures = collections.Counter()

    def unless(self, holds, what, *of_whom):
        if not holds:
            self.lines.append(f"{what}: {' '.join(str(it) for it in of_whom)}")


# --- Payments ---

def check_payments(evidence, findings):
    """What each payer was told, against the one entry that may stand for it."""
    entries = collections.defaultdict(list)
    for entry in evidence.table("campaign_activity_entries"):
        entries[int(entry["user_id"]), int(entry["campaign_activity_id"])].append(entry["status"])
    parked = {(int(row["user_id"]), int(row["campaign_activity_id"]))
              for row in evidence.table("payment_failure_log") if row["status"] == "FAILED"}
    told, asked = collections.defaultdict(set), set()
    for line in evidence.said:
        if line["op"] not in ("pay", "look"):
            continue
        who = line["user"], line["activity"]
        if line["what"] == "ask":
            if line["user"] == line["owner"]:
                asked.add(who)
            findings.figures["payments asked"] += 1
        elif line["op"] == "look":
            told[who].add(line["state"] if line["state"] in ("approved", "rejected") else "nothing")
        else:
            findings.unless(line["status"] in PAY_STATUSES, "an answer that is not documented", line)
            told[who].add(line["status"])
            findings.figures[f"payments answered {line['status'] or 'not at all'}"] += 1
    for who, words in told.items():
        judge_payment(who, words, entries.get(who, []), who in parked, findings)
    for who, statuses in entries.items():
        findings.unless(len(statuses) == 1, "doubled: more than one entry", who)
        findings.unless(who in asked, "doubled: an entry that nobody asked for", who)
    findings.figures["payments approved"] = sum("APPROVED" in it for it in entries.values())
    findings.figures["payers"] = len(asked)


def judge_payment(who, words, entry, parked, findings):
    approved = "APPROVED" in entry
    if 200 in words or "approved" in words:
        findings.unless(approved, "lost: it was told approved, and has no approved entry", who)
    if 202 in words:
        findings.unless(approved or parked, "lost: it was accepted, and is neither approved nor parked", who)
    if 410 in words or "rejected" in words:
        findings.unless("REJECTED" in entry, "broken: it was told 410, and there is no fence", who)
        findings.unless(not approved, "doubled: it was told 410, and is approved", who)
    findings.unless(not (words == {403} and entry), "doubled: a stranger has an entry", who)


def check_rows(evidence, findings):
    """Every failure row is over; a parked one says why, and a person was told."""
    for row in evidence.table("payment_failure_log"):
        findings.unless(row["status"] in ("RESOLVED", "FAILED"), "lost: a row is still open", row)
        if row["status"] == "FAILED":
            findings.unless(row["park_cause"] != "0", "lost: a row is parked without a cause", row)
            findings.unless(row["alerted"] == "1", "lost: a row is parked and nobody was told", row)
            findings.figures[f"rows parked: {row['error_message'].removeprefix('parked: ')}"] += 1
    for record in evidence.table("payment_parked_record"):
        findings.lines.append(f"lost: a record that recoupd itself wrote is unusable: {record}")
    findings.figures["failure rows"] = len(evidence.table("payment_failure_log"))


def check_capacity(evidence, findings):
    approved = collections.Counter(row["campaign_activity_id"] for row in evidence.table("campaign_activity_entries")
                                   if row["status"] == "APPROVED")
    for row in evidence.table("campaign_activity_capacity"):
        activity, used = row["campaign_activity_id"], int(row["approved_count"])
        findings.unless(used == approved[activity], "doubled: capacity used is not the approved entries",
                        f"activity {activity} used {used}, approved {approved[activity]}")
        findings.unless(used <= int(row["capacity"]), "doubled: more was sold than there is", f"activity {activity}")


# --- Orders ---

def check_orders(evidence, findings):
    """Each Idempotency-Key has one order at most, and it stands as its client was told."""
    orders = {row["id"]: row for row in evidence.table("orders")}
    payments = {row["order_id"]: row for row in evidence.table("payments")}
    keys = {(int(row["user_id"]), row["request_key"]): row["order_id"] for row in evidence.table("idempotency_keys")}
    bodies = {}
    for line in evidence.said:
        if line["op"] not in ("order", "look-order"):
            continue
        who = line["user"], line["key"]
        if line["what"] == "ask":
            bodies[who] = line["body"]
            findings.figures["orders asked"] += 1
            continue
        if line["op"] == "order":
            findings.unless(line["status"] in ORDER_STATUSES, "an answer that is not documented", line)
            findings.figures[f"orders answered {line['status'] or 'not at all'}"] += 1
        judge_order(line, keys.get(who), payments, findings)
    for who, order in keys.items():
        findings.unless(who in bodies, "doubled: an order that nobody asked for", who)
        if order in payments and who in bodies:
            judge_amounts(who, bodies[who], payments[order], findings)
    findings.unless(len(set(keys.values())) == len(keys), "doubled: two keys have one order", len(keys))
    for order in orders.keys() - keys.values():
        findings.lines.append(f"doubled: an order that no key stands for: {orders[order]}")
    for order in orders.keys() ^ payments.keys():
        findings.lines.append(f"lost: an order without its payment, or the reverse: {order}")
    findings.figures["orders"] = len(orders)
    findings.figures["orders paid"] = sum(row["status"] == "PAID" for row in payments.values())


def judge_order(line, order, payments, findings):
    """One answer. An order that was named once is there, and is the key's."""
    if line["order"] is not None:
        findings.unless(str(line["order"]) == order, "lost: it was told an order that its key does not have", line)
    status = payments[order]["status"] if order in payments else None
    if line["payment"] == "PAID":
        findings.unless(status == "PAID", "lost: it was told PAID, and is not", line)
    if line["payment"] == "FAILED" or line["status"] == 402:
        findings.unless(status in ("FAILED", None), "doubled: it was told that nothing was taken, and it is", line)
    if line["status"] == 409:
        findings.unless(order is None, "doubled: it was refused, and there is an order", line)


def judge_amounts(who, body, payment, findings):
    wanted = [body["totalAmount"], body["usePoint"], body["paidAmount"], body.get("couponDiscount", 0)]
    names = ["total_amount", "used_point", "paid_amount", "coupon_discount"]
    findings.unless([int(payment[name]) for name in names] == wanted, "broken: an order of other amounts", who)


def check_money(evidence, findings):
    """What the PG took is what orders that are paid cost; the rest went back, or waits for a person who knows."""
    payments = {int(row["order_id"]): row for row in evidence.table("payments")}
    waits = {row["transaction_key"] for row in evidence.table("refunds") if row["status"] == "REFUND_PARKED"}
    taken = collections.defaultdict(list)
    for key, charge in evidence.charges.items():
        findings.unless(charge["status"] != "PENDING", "lost: the PG has a charge that has not ended", key)
        findings.unless(charge["refunds"] <= 1, "doubled: a charge was refunded twice", key)
        payment = payments.get(int(charge["orderId"]))
        findings.unless(payment is not None and payment["user_id"] == charge["userId"],
                        "lost: the PG has a charge for an order that is not there", key)
        if charge["status"] == "SUCCESS" and key not in waits:
            taken[int(charge["orderId"])].append(charge["amount"])
    for order, payment in payments.items():
        judge_money(order, payment, taken[order], findings)
    findings.figures["charges of the PG"] = len(evidence.charges)
    findings.figures["charges refunded"] = sum(it["status"] == "REFUNDED" for it in evidence.charges.values())


def judge_money(order, payment, taken, findings):
    status, paid = payment["status"], int(payment["paid_amount"])
    findings.unless(status in ("PAID", "FAILED", "REVIEW"), "lost: an order is not settled", payment)
    if status == "PAID":
        findings.unless(sum(taken) >= paid, "lost: an order is PAID, and the PG took nothing", order, taken, paid)
        findings.unless(sum(taken) <= paid, "doubled: the PG took more than an order costs", order, taken, paid)
    if status == "FAILED":
        findings.unless(not taken, "doubled: an order FAILED, and the PG kept the money", order, taken)
    if status == "REVIEW":
        findings.unless(payment["untold_since"] is None, "lost: an order is in review and nobody was told", order)
        findings.figures["orders in review"] += 1


def check_refunds(evidence, findings):
    """A refund is over, and the PG did what it says; or a person was told."""
    refunds = {row["transaction_key"]: row for row in evidence.table("refunds")}
    for key, row in refunds.items():
        charge = evidence.charges.get(key)
        findings.unless(row["status"] in ("REFUNDED", "REFUND_PARKED"), "lost: a refund is still open", row)
        if row["status"] == "REFUNDED":
            findings.unless(charge is not None and charge["status"] == "REFUNDED",
                            "lost: a refund is called done, and the PG has not made it", key)
        else:
            findings.unless(row["untold_since"] is None, "lost: a refund is parked and nobody was told", key)
    for key, charge in evidence.charges.items():
        if charge["status"] == "REFUNDED":
            findings.unless(key in refunds, "doubled: the PG refunded what nobody wanted back", key)


def check_shop(evidence, findings):
    """Stock, points and coupons: what is not sold is there."""
    orders = {row["id"]: row["status"] for row in evidence.table("orders")}
    payments = {row["order_id"]: row for row in evidence.table("payments")}
    for order, payment in payments.items():
        is_cancelled = payment["status"] == "FAILED"
        findings.unless((orders.get(order) == "CANCELLED") == is_cancelled,
                        "broken: an order and its payment disagree", order)
    sold, used = collections.Counter(), collections.Counter()
    for line in evidence.table("order_lines"):
        if orders.get(line["order_id"]) != "CANCELLED":
            sold[line["product_id"]] += int(line["quantity"])
    for payment in payments.values():
        if payment["status"] != "FAILED":
            used[payment["user_id"]] += int(payment["used_point"])
    for row in evidence.table("products"):
        judge_balance("stock of product", row["id"], int(row["stock"]) + sold[row["id"]],
                      evidence.setup["stock"][row["id"]], findings)
    for row in evidence.table("point_accounts"):
        judge_balance("points of user", row["user_id"], int(row["balance"]) + used[row["user_id"]],
                      evidence.setup["points"], findings)
    check_coupons(evidence, payments, findings)


def judge_balance(what, of_whom, now, before, findings):
    findings.unless(now >= before, f"lost: {what}", of_whom, f"{now} of {before}")
    findings.unless(now <= before, f"doubled: {what}", of_whom, f"{now} of {before}")


def check_coupons(evidence, payments, findings):
    holders = {row["issued_coupon_id"]: order for order, row in payments.items()
               if row["status"] != "FAILED" and row["issued_coupon_id"] not in (None, "0")}
    for coupon in evidence.table("issued_coupons"):
        order = holders.get(coupon["id"])
        findings.unless(coupon["order_id"] == order, "broken: a coupon and the order that has it disagree",
                        coupon["id"], coupon["order_id"], order)
    used = sum(row["status"] != "FAILED" and row["issued_coupon_id"] not in (None, "0") for row in payments.values())
    findings.unless(used == len(holders), "doubled: two orders have one coupon", used, len(holders))


# --- All of it ---

RULES = [check_payments, check_rows, check_capacity, check_orders, check_money, check_refunds, check_shop]


def check(evidence):
    findings = Findings()
    for rule in RULES:
        rule(evidence, findings)
    return findings


def plant_all(evidence):
    """The name of each plant that the checker does not see."""
    missed = []
    packed = pickle.dumps(evidence)  # many times quicker to copy
    for plant in PLANTS:
        planted = pickle.loads(packed)
        plant(planted)
        kind = plant.__name__.split("_")[0]
        if not any(line.startswith(kind) for line in check(planted).lines):
            missed.append(plant.__name__)
    return missed


def main():
    evidence = Evidence(sys.argv[-1])
    if "--plant" in sys.argv:
        missed = plant_all(evidence)
        for name in missed:
            print(f"check: does not see that something is {name}")
        print(f"check: {len(PLANTS) - len(missed)} of {len(PLANTS)} planted losses and doubles are told")
        return 1 if missed else 0
    findings = check(evidence)
    for line in findings.lines[:50]:
        print(f"check: {line}")
    for name, count in sorted(findings.figures.items()):
        print(f"check: {count} {name}")
    lost = sum(line.startswith("lost") for line in findings.lines)
    doubled = sum(line.startswith("doubled") for line in findings.lines)
    print(f"check: {lost} lost, {doubled} doubled, {len(findings.lines) - lost - doubled} otherwise wrong")
    return 1 if findings.lines else 0


if __name__ == "__main__":
    sys.exit(main())
