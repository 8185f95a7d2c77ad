"""The storm: kill -9 of recoupd and of everything that it depends on, under load, until nothing is lost or doubled.

    tests/storm/storm.py [--seed N] [--recoupd N] [--each N] [--pause S] [--wait] [--keep] [--binaries DIR] [--sleepy FILE]
                                             ./zigw build test:storm -- [OPTIONS]

    --seed N       of the clients, and of who dies when (drawn, and printed)
    --recoupd N    kills of recoupd, of either instance (5)
    --each N       kills of each of Redis, MariaDB, Kafka and the PG (1)
    --pause S      at most so many seconds between two kills (1.5)
    --wait         let the time that recovery takes pass, instead of having it pass in the database and by a clock
    --keep         leave the folder; it stays by itself where something is wrong
    --binaries DIR of recoupd and recoup-lab (zig-out/bin)
    --sleepy FILE  recoupd with tests/storm/sleepy_loop.c: what the second instance is without --wait

100 kills of recoupd and 20 of each dependency are --recoupd 100 --each 20. When the last one is over all is
started again and left to drain; then tests/storm/check.py says what was lost or doubled, and is itself tried on
copies in which something was.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from stage import (BACKLOG, BUYERS, COUPONS, DISCOUNT, FIRST_BACKLOG_USER, INSTANCES, POINTS, PRODUCTS, Broken,
                   Stage)

DEPENDENCIES = ["redis", "mysql", "kafka", "pg"]
DOWN_MOST_S = {"recoupd": 0.5, "redis": 1.5, "mysql": 2.5, "kafka": 2.0, "pg": 2.0}
PASS_MINUTES = [20, 40, 60, 120] + 10 * [240]  # a charge that nobody knows of is asked for each hour in the end
QUIET_S = 3.0  # what does not change for so long waits for time to pass
DRAIN_S = 1800

began = time.monotonic()


def say(text):
    print(f"storm: {time.monotonic() - began:6.1f} s  {text}", flush=True)


def read_options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--recoupd", type=int, default=5)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.5)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--binaries", default="zig-out/bin")
    parser.add_argument("--sleepy")
    return parser.parse_args()


def write_setup(stage):
    """What clients and checker know of the world beforehand."""
    stage.write("setup.json", json.dumps({
        "http": stage.http, "redis": stage.ports["redis"], "buyers": BUYERS, "coupons": COUPONS,
        "discount": DISCOUNT, "points": POINTS,
        "prices": {product: price for product, (price, _) in PRODUCTS.items()},
        "stock": {product: stock for product, (_, stock) in PRODUCTS.items()},
    }))


def note_backlog(stage):
    """Whoever has a failure row of before was told 202: the first client's log."""
    with open(stage.path("clients/backlog.log"), "w", encoding="utf-8") as log:
        for user in range(FIRST_BACKLOG_USER, FIRST_BACKLOG_USER + BACKLOG):
            who = {"op": "pay", "user": user, "activity": 1, "owner": user}
            log.write(json.dumps({"what": "ask", **who}) + "\n")
            log.write(json.dumps({"what": "answer", "status": 202, "state": "open", **who}) + "\n")


class Deaths:
    """Who dies when, and comes back when: all drawn from the seed. What is down comes back in a thread of its own, so
    that others die meanwhile."""

    def __init__(self, stage, options):
        self.stage = stage
        self.luck = random.Random(options.seed)
        self.pause_s = options.pause
        self.victims = ["recoupd"] * options.recoupd + DEPENDENCIES * options.each
        self.luck.shuffle(self.victims)
        self.coming_back = {}
        self.trouble = []
        self.log = open(stage.path("deaths.log"), "w", buffering=1, encoding="utf-8")

    def note(self, name, what):
        self.log.write(f"{time.strftime('%H:%M:%S')} {time.monotonic() - began:8.3f} {name} {what}\n")

    def strike(self, victim):
        name = f"recoupd-{self.luck.randrange(INSTANCES)}" if victim == "recoupd" else victim
        if name in self.coming_back:
            self.coming_back[name].join()
        self.stage.kill(name)
        self.note(name, "is dead")
        down_s = self.luck.uniform(0, DOWN_MOST_S[victim])
        thread = threading.Thread(target=self.bring_back, args=(name, down_s))
        thread.start()
        self.coming_back[name] = thread

    def bring_back(self, name, down_s):
        time.sleep(down_s)
        try:
            self.note(name, "is started")
            self.stage.revive(name)
            self.note(name, "is there again")
        except Exception as error:  # told by whoever waits for this thread
            self.trouble.append(f"{name} does not come back: {error}")

    def strike_all(self):
        for number, victim in enumerate(self.victims, 1):
            time.sleep(self.luck.uniform(0.1, self.pause_s))
            self.strike(victim)
            if self.trouble:
                raise Broken(self.trouble[0])
            if number % 20 == 0 or number == len(self.victims):
                say(f"{number} of {len(self.victims)} kills")
        self.join()

    def join(self):
        for thread in self.coming_back.values():
            thread.join()
        if self.trouble:
            raise Broken(self.trouble[0])


def wait_while_it_drains(stage, quiet_s, most_s):
    """Until nothing is open, or nothing has changed for so long. What is still open."""
    end = time.monotonic() + most_s
    work, pace, since = stage.open_work(), stage.pace(), time.monotonic()
    while work and time.monotonic() < end and time.monotonic() - since < quiet_s:
        time.sleep(0.3)
        now = stage.open_work(), stage.pace()
        if now != (work, pace):
            (work, pace), since = now, time.monotonic()
    return work


def drain(stage, really_wait):
    """Recovery takes minutes: leases run out, backoffs end, a request to the PG may come late. That time really
    passes, or it does in the database."""
    if really_wait:
        return wait_while_it_drains(stage, DRAIN_S, DRAIN_S)
    work = wait_while_it_drains(stage, QUIET_S, DRAIN_S)
    for minutes in PASS_MINUTES:
        if not work:
            break
        say(f"still open: {work}; {minutes} minutes pass")
        stage.pass_time(minutes)
        work = wait_while_it_drains(stage, QUIET_S, DRAIN_S)
    return work


def storm(stage, options):
    """Load, kills, and time to drain. What did not."""
    write_setup(stage)
    stage.start(backlog_s=1 + int(options.pause * (options.recoupd + options.each * len(DEPENDENCIES))))
    note_backlog(stage)
    say(f"seed {options.seed}: everything runs; {options.recoupd} kills of recoupd, "
        f"{options.each} of each of {', '.join(DEPENDENCIES)}")
    clients = subprocess.Popen([sys.executable, "-B", "tests/storm/clients.py", stage.path("setup.json"),
                                stage.path("clients"), str(options.seed)], stdin=subprocess.PIPE)
    deaths = Deaths(stage, options)
    try:
        time.sleep(1)
        deaths.strike_all()
        stage.wait_until_ready()
        say("all runs again; the clients finish")
    finally:
        clients.stdin.close()
        clients.wait()
    deaths.join()
    say("the clients have finished")
    work = drain(stage, options.wait)
    say(f"stopped, with exit codes {stage.stop_recoupds()}")
    stage.dump()
    return work


def judge(folder):
    """The checker is a program of its own: it has no part in what it judges."""
    checker = [sys.executable, "-B", "tests/storm/check.py"]
    right = subprocess.run(checker + [folder]).returncode == 0
    return right and subprocess.run(checker + ["--plant", folder]).returncode == 0


def main():
    options = read_options()
    folder = tempfile.mkdtemp(prefix="recoup-storm-")
    right, stage = False, None
    try:
        stage = Stage(folder, options.binaries, None if options.wait else options.sleepy, options.seed)
        work = storm(stage, options)
        if work:
            say(f"does not drain: {work}")
        right = judge(folder) and not work
    except Broken as broken:
        say(str(broken))
    finally:
        if stage is not None:
            stage.close()
    if right and not options.keep:
        shutil.rmtree(folder)
    say(f"nothing lost, nothing doubled (seed {options.seed})" if right else
        f"something is wrong: --seed {options.seed}; all of it is in {folder}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
