"""The soak: load and dependencies that come and go, round after round; what recoupd holds afterwards stays the same.

    tests/storm/soak.py [--seed N] [--seconds S] [--keep] [--binaries DIR] [--sleepy FILE]
                                             ./zigw build test:soak -- [OPTIONS]

    --seed N       of the clients (1)
    --seconds S    of load, warm-up and all (60); what is begun before is finished behind it
    --keep         leave the folder; it stays by itself where something is wrong
    --binaries DIR of recoupd and recoup-lab (zig-out/bin)
    --sleepy FILE  recoupd with tests/storm/sleepy_loop.c, so that recovery ticks: the second instance

In each round Redis, MariaDB, Kafka and the PG are killed and started again under load. Behind each, without load,
both recoupds are looked at: memory, descriptors, threads, sessions at MariaDB, clients at Redis. The first round
is warm-up. malloc gives back what is free, so that what is left is in use.
"""

import argparse
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import time

from stage import INSTANCES, Broken, Stage
from storm import DEPENDENCIES, note_backlog, write_setup

ROUND_LEAST_S = 10  # of load
CALM_S = 12.0  # idle connections are closed, and idle threads end, within this
ROOM = {  # what comes and goes by itself: caches, connections that are kept for a while, a look at the backlog
    "KiB of memory": 2048,
    "descriptors": 16,
    "threads": 0,
    "sessions of MariaDB": 1,
    "clients of Redis": 0,
}

os.environ.update(MALLOC_TRIM_THRESHOLD_="65536", MALLOC_ARENA_MAX="2")


def say(text):
    print(f"soak: {text}", flush=True)


def read_options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--binaries", default="zig-out/bin")
    parser.add_argument("--sleepy")
    return parser.parse_args()


# --- One round ---

def load(stage, seed, seconds):
    """Clients for so long; meanwhile each dependency dies and comes back."""
    end = time.monotonic() + seconds
    clients = subprocess.Popen([sys.executable, "-B", "tests/storm/clients.py", stage.path("setup.json"),
                                stage.path("clients"), str(seed)], stdin=subprocess.PIPE)
    try:
        for name in DEPENDENCIES:
            time.sleep(0.5)
            stage.kill(name)
            stage.revive(name)
        stage.wait_until_ready()
        time.sleep(max(0.0, end - time.monotonic()))
    finally:
        clients.stdin.close()
        clients.wait()


def look(stage):
    """What both recoupds hold: {what: amount}."""
    held = {}
    for instance in range(INSTANCES):
        proc = f"/proc/{stage.children[f'recoupd-{instance}'].pid}"
        with open(f"{proc}/smaps_rollup", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file.readlines()[1:])
        held[f"KiB of memory, {instance}"] = int(fields["Anonymous"].split()[0])
        held[f"descriptors, {instance}"] = len(os.listdir(f"{proc}/fd"))
        held[f"threads, {instance}"] = len(os.listdir(f"{proc}/task"))
    sessions = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'recoup'"
    held["sessions of MariaDB"] = int(stage.sql(sessions)[0][0])
    listed = subprocess.run(["redis-cli", "-p", str(stage.ports["redis"]), "CLIENT", "LIST"], check=True,
                            capture_output=True).stdout
    held["clients of Redis"] = listed.count(b"\n") - 1  # but ours
    return held


# --- Judgement ---

def judge(rounds):
    """What has grown: where even the least that is held in the second half is more than after the warm-up. One round
    may be dear, on a machine that does other things as well; a leak stays."""
    grown = []
    for what, before in rounds[0].items():
        least = min(held[what] for held in rounds[len(rounds) // 2:])
        if least > before + ROOM[what.split(",")[0]]:
            grown.append(f"{what}: {' '.join(str(it[what]) for it in rounds)}")
    return grown


def is_told(rounds):
    """In a copy in which each of them grows with every round, by twice what may come and go, each is told."""
    leaking = copy.deepcopy(rounds)
    for number, held in enumerate(leaking):
        for what in held:
            held[what] += number * (2 * ROOM[what.split(",")[0]] + 2)
    return len(judge(leaking)) == len(leaking[0])


def soak(stage, options):
    write_setup(stage)
    stage.start(backlog_s=options.seconds)
    note_backlog(stage)
    count = max(4, options.seconds // ROUND_LEAST_S)
    rounds = []
    for number in range(count):
        load(stage, f"{options.seed}-{number}", options.seconds / count)
        time.sleep(CALM_S)
        rounds.append(look(stage))
        say(f"round {number}: " + "; ".join(f"{amount} {what}" for what, amount in rounds[-1].items()))
    ends = stage.stop_recoupds()
    if any(ends):
        raise Broken(f"stopped by force: {ends}")
    return rounds[1:]


def main():
    options = read_options()
    folder = tempfile.mkdtemp(prefix="recoup-soak-")
    right, stage = False, None
    try:
        stage = Stage(folder, options.binaries, options.sleepy, options.seed)
        rounds = soak(stage, options)
        grown = judge(rounds)
        for line in grown:
            say(f"grows: {line}")
        if not is_told(rounds):
            say("a leak that was planted is not told")
        right = not grown and is_told(rounds)
    except Broken as broken:
        say(str(broken))
    finally:
        if stage is not None:
            stage.close()
    if right and not options.keep:
        shutil.rmtree(folder)
    say("what recoupd holds stays the same" if right else f"something is wrong; all of it is in {folder}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
