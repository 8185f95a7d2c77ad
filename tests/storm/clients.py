"""Clients of the storm: they reserve, pay and order, and ask again where nobody knows.

    tests/storm/clients.py SETUP.json LOG-FOLDER SEED

Each of them writes down what it asks before it asks, and what it was answered, a line of JSON each: status 0 is no
answer. They stop, each behind what it has begun, when their standard input ends.
"""

import http.client
import json
import os
import random
import socket
import sys
import threading
import time

import tokens

PAYERS = 12
ORDERERS = 6
THINK_S = 0.02
ASK_AGAIN = 40  # times at most
CARD = {"cardType": "KB", "cardNo": "1234-5678-9012-3456"}


class Setup:
    """What a client knows beforehand: addresses and prices."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.__dict__.update(json.load(file))
        self.prices = {int(product): price for product, price in self.prices.items()}


class Client:
    """One client, its log and its luck."""

    def __init__(self, setup, folder, name, seed, stop):
        self.setup = setup
        self.luck = random.Random(f"{seed} {name}")
        self.log = open(os.path.join(folder, f"{name}.log"), "a", buffering=1, encoding="utf-8")
        self.stop = stop

    def note(self, **what):
        self.log.write(json.dumps({"at": int(time.time() * 1000), **what}) + "\n")

    def begin(self, method, path, user, body=None, headers=None):
        """Sends a request to any instance. None where nobody takes it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.luck.choice(self.setup.http), timeout=10)
        all_headers = {"Authorization": tokens.login(user), "Content-Type": "application/json",
                       **(headers or {})}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), all_headers)
            return connection
        except OSError:
            connection.close()
            return None

    @staticmethod
    def finish(connection):
        """Status and body; 0 where there was no answer."""
        if connection is None:
            return 0, {}
        try:
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()

    def pause(self, most_s):
        time.sleep(self.luck.uniform(0, most_s))


class Payer(Client):
    """A user for each payment: reserves, and pays with the token until somebody knows."""

    def __init__(self, setup, folder, number, seed, stop):
        super().__init__(setup, folder, f"payer-{number}", seed, stop)
        self.next_user = 1000000 * (number + 1)

    def run(self):
        while not self.stop.is_set():
            self.next_user += 2  # the odd one behind it is a stranger
            activity = 2 if self.luck.random() < 0.02 else 1
            token = tokens.reservation(self.next_user, activity)
            if self.reserve(self.next_user, activity, token):
                if self.luck.random() < 0.03:
                    self.pay(self.next_user + 1, activity, token, owner=self.next_user)
                self.pay_until_known(self.next_user, activity, token)
            self.pause(2 * THINK_S)

    def reserve(self, user, activity, token):
        """As the entry service does. False where Redis stays away."""
        name = f"RESERVATION_TOKEN:{token}"
        words = ["SET", name, tokens.payload(user, activity), "EX", "300"]
        command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        while not self.stop.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.setup.redis), timeout=2) as redis:
                    redis.sendall(command.encode())
                    if redis.recv(100) == b"+OK\r\n":
                        return True
            except OSError:
                pass
            self.pause(0.1)
        return False

    def pay(self, user, activity, token, times=1, owner=None):
        """Asks, perhaps twice at once. The last status."""
        who = {"op": "pay", "user": user, "activity": activity, "owner": owner or user}
        connections = []
        for _ in range(times):
            self.note(what="ask", **who)
            connections.append(self.begin("POST", "/api/v1/payments/process", user, {"token": token}))
        for connection in connections:
            status, body = self.finish(connection)
            self.note(what="answer", status=status, state=body.get("state"), **who)
        return status

    def look(self, user, activity, token):
        status, body = self.finish(self.begin("GET", f"/api/v1/payments/{token}", user))
        self.note(what="answer", op="look", user=user, activity=activity, owner=user, status=status,
                  state=body.get("state"))

    def pay_until_known(self, user, activity, token):
        times = 2 if self.luck.random() < 0.05 else 1
        for _ in range(ASK_AGAIN):
            status = self.pay(user, activity, token, times)
            times = 1
            if status == 202 and self.luck.random() < 0.5:
                self.look(user, activity, token)
            if status not in (0, 503) and (status != 202 or self.luck.random() < 0.8):
                return
            self.pause(0.5)


class Orderer(Client):
    """Places orders for any buyer, each under its own Idempotency-Key, until somebody knows."""

    def __init__(self, setup, folder, number, seed, stop):
        super().__init__(setup, folder, f"orderer-{number}", seed, stop)
        self.number = number
        self.placed = 0

    def run(self):
        while not self.stop.is_set():
            self.placed += 1
            user = self.luck.randrange(self.setup.buyers) + 1
            self.order_until_known(user, f"{self.number}-{self.placed}", self.fill(user))
            self.pause(4 * THINK_S)

    def fill(self, user):
        """A cart, paid for with points, a coupon and a card, as it comes."""
        products = self.luck.sample(sorted(self.setup.prices), self.luck.randrange(2) + 1)
        items = [{"productId": product, "quantity": self.luck.randrange(3) + 1} for product in products]
        total = sum(self.setup.prices[item["productId"]] * item["quantity"] for item in items)
        body = {"items": items, "totalAmount": total}
        left = total
        if self.luck.random() < 0.15 and left >= self.setup.discount:
            coupon = (user - 1) * self.setup.coupons + self.luck.randrange(self.setup.coupons) + 1
            body.update(issuedCouponId=coupon, couponDiscount=self.setup.discount)
            left -= self.setup.discount
        points = min(left, self.luck.choice([0, 0, 100, 400, left if left < 3000 else 0]))
        body.update(usePoint=points, paidAmount=left - points)
        return {**body, **CARD} if left > points else body

    def order(self, user, key, body):
        who = {"op": "order", "user": user, "key": key}
        self.note(what="ask", body=body, **who)
        status, said = self.finish(
            self.begin("POST", "/api/v1/orders", user, body, {"Idempotency-Key": key}))
        data = said.get("data") or {}
        self.note(what="answer", status=status, order=data.get("orderId"), payment=data.get("paymentStatus"),
                  **who)
        return status, data.get("orderId")

    def look(self, user, key, order):
        status, said = self.finish(self.begin("GET", f"/api/v1/orders/{order}", user))
        data = said.get("data") or {}
        self.note(what="answer", op="look-order", user=user, key=key, status=status, order=order,
                  payment=data.get("paymentStatus"))

    def order_until_known(self, user, key, body):
        for _ in range(ASK_AGAIN):
            status, order = self.order(user, key, body)
            if order is not None and self.luck.random() < 0.3:
                self.look(user, key, order)
            if status not in (0, 202, 503):
                return
            self.pause(0.5)


def main():
    setup = Setup(sys.argv[1])
    folder, seed = sys.argv[2], sys.argv[3]
    stop = threading.Event()
    clients = [Payer(setup, folder, number, seed, stop) for number in range(PAYERS)]
    clients += [Orderer(setup, folder, number, seed, stop) for number in range(ORDERERS)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
