"""Losses and doubles, each planted in a copy of what a storm has left, for the checker to tell. A plant's name
begins with the word that it has to be told by.

Each takes the first of its kind; a storm that has none of it was no storm."""


def first(rows, **wanted):
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def paid_by_card(evidence):
    return next(row for row in evidence.table("payments") if row["status"] == "PAID" and row["paid_amount"] != "0")


def charge_of(evidence, payment, status):
    return next(it for it in evidence.charges.values()
                if int(it["orderId"]) == int(payment["order_id"]) and it["status"] == status)


def lost_entry(evidence):
    entries = evidence.table("campaign_activity_entries")
    entries.remove(first(entries, status="APPROVED"))


def lost_entry_behind_its_capacity(evidence):
    """As a write that never happened would be: the counter agrees with what is there."""
    entries = evidence.table("campaign_activity_entries")
    gone = first(entries, status="APPROVED")
    entries.remove(gone)
    capacity = first(evidence.table("campaign_activity_capacity"), campaign_activity_id=gone["campaign_activity_id"])
    capacity["approved_count"] = str(int(capacity["approved_count"]) - 1)


def lost_answer_of_a_202(evidence):
    """Somebody was told 202, and nobody else ever heard of it."""
    evidence.said.append({"what": "answer", "op": "pay", "user": 1, "activity": 1, "owner": 1, "status": 202,
                          "state": "open"})


def lost_row(evidence):
    evidence.table("payment_failure_log")[0]["status"] = "PENDING"


def lost_order(evidence):
    payment = paid_by_card(evidence)
    for name in ("orders", "payments", "idempotency_keys", "order_lines"):
        column = "id" if name == "orders" else "order_id"
        evidence.tables[name] = [row for row in evidence.table(name) if row[column] != payment["order_id"]]


def lost_charge(evidence):
    charge = charge_of(evidence, paid_by_card(evidence), "SUCCESS")
    del evidence.charges[charge["transactionKey"]]


def lost_points(evidence):
    account = evidence.table("point_accounts")[0]
    account["balance"] = str(int(account["balance"]) - 1)


def doubled_entry(evidence):
    entries = evidence.table("campaign_activity_entries")
    entries.append(dict(first(entries, status="APPROVED")))


def doubled_capacity(evidence):
    capacity = evidence.table("campaign_activity_capacity")[0]
    capacity["approved_count"] = str(int(capacity["approved_count"]) + 1)


def doubled_order(evidence):
    """Once more without a key, as a repeat that did not see the first one would place it."""
    payment = dict(paid_by_card(evidence), order_id="999999999")
    order = dict(first(evidence.table("orders"), status="PAID"), id="999999999")
    evidence.table("orders").append(order)
    evidence.table("payments").append(payment)


def doubled_charge(evidence):
    charge = charge_of(evidence, paid_by_card(evidence), "SUCCESS")
    evidence.charges["planted"] = dict(charge, transactionKey="planted")


def doubled_charge_of_a_failed_order(evidence):
    failed = first(evidence.table("payments"), status="FAILED")
    charge = next(iter(evidence.charges.values()))
    evidence.charges["planted"] = dict(charge, transactionKey="planted", status="SUCCESS",
                                       orderId=failed["order_id"], userId=failed["user_id"])


def doubled_approval_behind_a_410(evidence):
    entry = first(evidence.table("campaign_activity_entries"), status="APPROVED")
    evidence.said.append({"what": "answer", "op": "pay", "user": int(entry["user_id"]), "status": 410, "state": None,
                          "activity": int(entry["campaign_activity_id"]), "owner": int(entry["user_id"])})


def doubled_stock(evidence):
    product = evidence.table("products")[0]
    product["stock"] = str(int(product["stock"]) + 1)


PLANTS = [plant for name, plant in list(globals().items()) if name.startswith(("lost_", "doubled_"))]
