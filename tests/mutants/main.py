"""Planted bugs, from tests/mutants.sh: draw, test, matrix."""
import datetime
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import engines
import mutate
import report
from workshop import Workshop


def each(names, work):
    """work(name) for all, as many at a time as there are cores. Results in the order of the names."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(work, names))


# ---- matrix -------------------------------------------------------------------------------------


def matrix(workshop, words):
    """Searches mutants with every engine, or with one. With --write what was found is kept."""
    write = "--write" in words
    only = [word.split("=")[1] for word in words if word.startswith("--engine=")]
    names = [word for word in words if not word.startswith("--")] or workshop.all_mutants()
    sound = engines.Sound(workshop)
    results = report.Results(workshop)
    writing, late = threading.Lock(), []
    ends = time.monotonic() + 3600 * engines.HOURS_MAX

    def search(name):
        if time.monotonic() > ends:
            late.append(name)
            return
        folder = workshop.build(name, storm=not only or "core" in only)
        found = engines.search(workshop, sound, folder, only)
        with writing:
            if write and (not only or name not in results.kills):
                results.record(name, engines.keep(workshop, sound, folder, name, found))
            results.take(name, found)
            if write:
                results.write()  # so that an interrupted night keeps what it has
            print(f"{name}: {describe(found)}", flush=True)
        workshop.sweep(name)

    each(names, search)
    if late:
        print(f"mutants: {engines.HOURS_MAX} hours are over: {len(late)} keep what was found before, from "
              f"{late[0]} on")
    print(results.summary())


def describe(found):
    kill = engines.first_kill(found)
    if kill:
        engine, runs, invariant = kill
        return f"{invariant} by {engine} after {runs} runs"
    noticed = [what for of_engine in found.values() for what in of_engine.noticed]
    return "SURVIVED" + (f"; noticed: {noticed[0]}" if noticed else "")


# ---- test ---------------------------------------------------------------------------------------


def rotating_tenth(names):
    """Another tenth each day."""
    day = datetime.date.today().toordinal()
    return {name for index, name in enumerate(names) if index % 10 == day % 10}


def test(workshop, words):
    """Every mutant applies and compiles; every killed one is killed again by what killed it; a tenth of
    these is searched anew. Survivors are for the night."""
    if words:
        raise SystemExit("mutants: test takes no arguments")
    names = workshop.all_mutants()
    kept = report.read_kills(workshop.root)
    judged = report.read_survivors(workshop.root)
    complaints = [f"{name}: neither killed nor judged: ./zigw build mutants -- --write {name}"
                  for name in names if name not in kept and name not in judged]
    complaints += [f"{name}: there is no such mutant any more" for name in list(kept) + list(judged)
                   if name not in names]
    sound = engines.Sound(workshop)
    anew = rotating_tenth(list(kept))
    counts = {"replayed": 0, "searched": 0}

    def check(name):
        storm = name in anew or (name in kept and kept[name].how == "storm")
        folder = workshop.build(name, storm)
        complaint = None
        if name in kept:
            counts["replayed"] += 1
            complaint = engines.replay(workshop, sound, folder, name, kept[name])
        if name in anew or complaint:
            counts["searched"] += 1
            complaint = searched(workshop, sound, folder, name, complaint)
        workshop.sweep(name)
        return complaint

    complaints += [said for said in each(names, check) if said]
    for complaint in complaints:
        print(f"mutants: {complaint}", file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"mutants: {len(names)} apply, {counts['replayed']} killed again by what killed them, "
          f"{counts['searched']} searched anew")


def searched(workshop, sound, folder, name, complaint):
    """What is wrong after searching a killed mutant anew; None where it is killed again."""
    if complaint:
        folder = workshop.build(name)
    kill = engines.first_kill(engines.search_briefly(workshop, sound, folder))
    if not kill:
        return complaint or f"{name} was killed once, and survives {engines.SWARM_SEEDS} seeds"
    if complaint:
        print(f"mutants: {complaint}; {kill[0]} still finds {kill[2]}: "
              f"./zigw build mutants -- --write {name}")
    return None


def main():
    out, verb, words = sys.argv[1], (sys.argv[2:] or [""])[0], sys.argv[3:]
    workshop = Workshop(os.getcwd(), os.path.abspath(out))
    try:
        if verb == "draw":
            mutate.draw(workshop.root, workshop.compiles)
        elif verb == "test":
            test(workshop, words)
        elif verb == "matrix":
            matrix(workshop, words)
        else:
            raise SystemExit("mutants: test, matrix [--write] [--engine=E] [NAME...], or draw")
    except mutate.DoesNotApply as error:
        raise SystemExit(f"mutants: {error}\nA hand-made one: make its patch anew. A drawn one: "
                         "tests/mutants.sh draw")


if __name__ == "__main__":
    main()
