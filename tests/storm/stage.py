"""What a storm blows over: Redis, MariaDB, Kafka, a PG and two recoupds, all on loopback, all in one folder.

Servers are started by tests/services; recoupd and the PG are children of this process. Each is killed with
SIGKILL, and comes back on the same port with the data that a power cut would have left it.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import tokens

INSTANCES = 2
CAPACITY = {1: 1000000, 2: 40}  # of each activity; the second one is sold out soon
PRODUCTS = {1: (1000, 1000000), 2: (2500, 1000000), 3: (70000, 1000000), 4: (500, 60)}  # price, stock
BUYERS = 60
POINTS = 300000  # each buyer has so many
COUPONS = 20  # of each buyer
DISCOUNT = 500
BACKLOG = 400  # payments that were answered 202 before the storm
FIRST_BACKLOG_USER = 1000

SCRIPTS = {"redis": "redis.sh", "mysql": "mariadb.sh", "kafka": "kafka.sh"}

# A PAY is refused, or done and not answered, or done and answered 500; a callback does not come.
PG_RATES = ["pg_500_before@pg_pay=1/10", "pg_answer_lost@pg_pay=1/40", "pg_500_after@pg_pay=1/40",
            "pg_over_limit=1/10", "callback_lost=1/5", "callback_doubled=1/10"]


class Broken(Exception):
    """Something happened that no storm explains."""


def free_port():
    """One that nobody has, below those that the kernel gives to outgoing connections."""
    while True:
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 10000
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class Stage:
    def __init__(self, folder, binaries, sleepy, pg_seed):
        self.folder = folder
        self.binaries = binaries
        self.sleepy = sleepy  # a recoupd that slept now and then (sleepy_loop.c): the second instance
        self.children = {}  # name: Popen
        self.ports = {name: int(self.script(name, "start")) for name in SCRIPTS}
        self.http = [free_port() for _ in range(INSTANCES)]
        self.ports["pg"] = free_port()
        self.pg_seed = pg_seed
        self.write("key", tokens.KEY)
        self.write("password", "recoup")
        for instance in range(INSTANCES):
            self.write(f"recoupd-{instance}.yaml", self.configuration(instance))
        os.makedirs(self.path("clients"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    # --- Servers ---

    def script(self, name, verb, *words, stdin=b""):
        """What it prints, as bytes."""
        command = [f"tests/services/{SCRIPTS[name]}", verb, self.path(name), *words]
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Broken(f"{' '.join(command)}: {done.stderr.decode().strip()}")
        return done.stdout

    def sql(self, text):
        """Rows, each a list of texts."""
        out = self.script("mysql", "sql", "-N", "-B", "recoup", stdin=text.encode()).decode()
        return [line.split("\t") for line in out.splitlines()]

    def configuration(self, instance):
        folder, ports, http = self.folder, self.ports, self.http[instance]
        return f"""
instance: {instance + 1}
state: {folder}/state-{instance}
weak_durability: true
grace: 10s
handle_key_file: {folder}/key
token_key_files: [{folder}/key]
record_key_files: [{folder}/key]
identity: {{ hs256_files: [{folder}/key] }}
http: {{ listen: "127.0.0.1:{http}" }}
redis: {{ address: "127.0.0.1:{ports['redis']}" }}
mysql: {{ address: "127.0.0.1:{ports['mysql']}", user: recoup, password_file: {folder}/password, migrate: true }}
kafka: {{ brokers: "127.0.0.1:{ports['kafka']}", replicas: 1, min_in_sync: 1 }}
pg: {{ url: "http://127.0.0.1:{ports['pg']}", refunds: true,
      callback_url: "http://127.0.0.1:{http}/api/v1/payments/callback" }}
"""

    def launch(self, name, *words):
        with open(self.path(f"{name}.log"), "ab") as log:
            self.children[name] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start_recoupd(self, instance):
        program = f"{self.binaries}/recoupd" if self.sleepy is None or instance == 0 else self.sleepy
        self.launch(f"recoupd-{instance}", program, "serve", "--config", self.path(f"recoupd-{instance}.yaml"))

    def start_pg(self):
        """Never the same chances twice; the ledger is what it has of its earlier lives."""
        self.pg_seed += 1
        rates = [word for rate in PG_RATES for word in ("--rate", rate)]
        self.launch("pg", f"{self.binaries}/recoup-lab", "pg", "--port", str(self.ports["pg"]), "--seed",
                    str(self.pg_seed), "--ledger", self.path("pg.ledger"), "--settle", "200..9000",
                    "--callback-url-allowed", "http://127.0.0.1:", "--no-faults", *rates)

    def start(self, backlog_s):
        """Everything, what there is to sell, and failure rows of an earlier storm that come due within so many
        seconds."""
        self.start_pg()
        for instance in range(INSTANCES):
            self.start_recoupd(instance)
        self.wait_until_ready()
        values = ", ".join
        self.sql("INSERT INTO campaign_activity_capacity (campaign_activity_id, capacity) VALUES "
                 + values(f"({activity}, {room})" for activity, room in CAPACITY.items()))
        self.sql("INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count, next_retry_at,"
                 " campaign_activity_id, product_id, token) VALUES "
                 + values(f"({user}, '{tokens.payload(user, 1)}', 'before the storm', 'PENDING', 0, UTC_TIMESTAMP(3)"
                          f" + INTERVAL {user % backlog_s} SECOND, 1, 1, '{tokens.reservation(user, 1)}')"
                          for user in range(FIRST_BACKLOG_USER, FIRST_BACKLOG_USER + BACKLOG)))
        self.sql("INSERT INTO products (id, price, stock) VALUES "
                 + values(f"({it}, {price}, {stock})" for it, (price, stock) in PRODUCTS.items()))
        self.sql("INSERT INTO point_accounts (user_id, balance) VALUES "
                 + values(f"({user}, {POINTS})" for user in range(1, BUYERS + 1)))
        self.sql("INSERT INTO issued_coupons (id, coupon_id, user_id, discount) VALUES "
                 + values(f"({(user - 1) * COUPONS + nth + 1}, {nth + 1}, {user}, {DISCOUNT})"
                          for user in range(1, BUYERS + 1) for nth in range(COUPONS)))

    # --- Deaths ---

    def kill(self, name):
        """kill -9. A child that had ended before is broken: nobody but us ends one."""
        if name in SCRIPTS:
            self.script(name, "kill")
            return
        child = self.children[name]
        if child.poll() is not None:
            raise Broken(f"{name} has ended by itself, with {child.returncode}: see {self.path(name)}.log")
        child.kill()
        child.wait()

    def revive(self, name):
        if name == "pg":
            self.start_pg()
        elif name == "mysql":
            self.script(name, "start")
        elif name in SCRIPTS:
            self.script(name, "restart")
        else:
            self.start_recoupd(int(name.rsplit("-", 1)[1]))

    def stop_recoupds(self):
        """SIGTERM. Says how each ended: 0 with nothing open, 3 by force."""
        children = [self.children[f"recoupd-{instance}"] for instance in range(INSTANCES)]
        for child in children:
            child.terminate()
        ends = [child.wait(timeout=60) for child in children]
        if any(end not in (0, 3) for end in ends):
            raise Broken(f"recoupd was told to stop and ended with {ends}")
        return ends

    def close(self):
        for child in self.children.values():
            if child.poll() is None:
                child.kill()
                child.wait()
        for name in SCRIPTS:
            self.script(name, "kill")

    # --- What can be seen from outside ---

    def get(self, instance, path):
        """The body, or "" where nobody answers."""
        url = f"http://127.0.0.1:{self.http[instance]}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def wait_until_ready(self, seconds=60):
        end = time.monotonic() + seconds
        for instance in range(INSTANCES):
            while not self.is_whole(instance):
                if self.children[f"recoupd-{instance}"].poll() is not None:
                    raise Broken(f"recoupd-{instance} has ended: see {self.folder}/recoupd-{instance}.log")
                if time.monotonic() > end:
                    raise Broken(f"recoupd-{instance} is not ready: {self.get(instance, '/readyz')}")
                time.sleep(0.05)

    def is_whole(self, instance):
        text = self.get(instance, "/readyz")
        states = json.loads(text)["dependencies"] if text else {}
        return all(states.get(name) == "up" for name in ("redis", "mysql", "kafka"))

    def metric(self, name):
        """Of both together; None where one of them does not answer."""
        found = [re.search(rf"^{name} (\S+)$", self.get(instance, "/metrics"), re.M)
                 for instance in range(INSTANCES)]
        return None if None in found else sum(float(it[1]) for it in found)

    OPEN = {
        "rows": "SELECT COUNT(*) FROM payment_failure_log WHERE status IN ('PENDING', 'PROCESSING')",
        "alerts of rows": "SELECT COUNT(*) FROM payment_failure_log WHERE untold = 1",
        "alerts of records": "SELECT COUNT(*) FROM payment_parked_record WHERE alerted = 0",
        "tokens": "SELECT COUNT(*) FROM campaign_activity_entries WHERE unreleased_since IS NOT NULL",
        "charges": "SELECT COUNT(*) FROM payments WHERE next_query_at IS NOT NULL OR status = 'PENDING'",
        "alerts of charges": "SELECT COUNT(*) FROM payments WHERE untold_since IS NOT NULL",
        "refunds": "SELECT COUNT(*) FROM refunds WHERE due_at IS NOT NULL",
        "alerts of refunds": "SELECT COUNT(*) FROM refunds WHERE untold_since IS NOT NULL",
    }

    def open_work(self):
        """What is not over yet: {name: count}, the zeros left out."""
        counts = self.sql(" UNION ALL ".join(self.OPEN.values()))
        work = {name: int(row[0]) for name, row in zip(self.OPEN, counts)}
        lag = self.metric("recoup_topic_lag")
        work["records"] = 1 if lag is None else int(lag)
        return {name: count for name, count in work.items() if count > 0}

    def pace(self):
        """Changes whenever open work is taken up, though it may stay open."""
        return self.sql("""SELECT (SELECT SUM(version + CRC32(next_query_at)) FROM payments),
            (SELECT SUM(epoch + tries) FROM refunds), (SELECT SUM(epoch + sends) FROM payment_failure_log)""")

    def pass_time(self, minutes):
        """As if both recoupds had slept for so long: every time that the database has lies so much further back."""
        children = [self.children[f"recoupd-{instance}"] for instance in range(INSTANCES)]
        for child in children:
            child.send_signal(signal.SIGSTOP)
        self.set_back(minutes)
        for child in children:
            child.send_signal(signal.SIGCONT)

    def set_back(self, minutes):
        columns = self.sql("""SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'recoup' AND data_type = 'datetime' AND extra NOT LIKE '%GENERATED%'""")
        tables = {}
        for table, column in columns:
            tables.setdefault(table, []).append(f"{column} = {column} - INTERVAL {minutes} MINUTE")
        for table, changes in tables.items():
            self.sql(f"UPDATE {table} SET {', '.join(changes)}")

    def dump(self):
        """Every table as a file, for the checker."""
        os.makedirs(self.path("tables"))
        for (table,) in self.sql("SHOW TABLES"):
            with open(self.path(f"tables/{table}.tsv"), "wb") as file:
                file.write(self.script("mysql", "sql", "-B", "recoup", "-e", f"SELECT * FROM {table}"))
