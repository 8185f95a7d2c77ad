"""What looks for a mutant: each engine, its budget in runs, and what it says.

A kill is an invariant or a check: id that the sound core keeps in the same runs. Whatever else tells a
mutant from the sound core (an expectation, a crash, a run without end) is noticed, and not counted.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import fuzzing
from found import Found

SWARM_SEEDS = 10000  # swarm: seeds 1..10,000 under `hardened`, until one breaks an invariant
SWARM_FOUND = 2000   # the same where the suite or the storm has found it already
SWARM_MORE = 200     # and from seed 1 on, all of them, for the other invariants it breaks
KNOB_SEEDS = 500     # knobs: under each policy with one knob turned, and under `documented`
KNOB_SOUND_SEEDS = 4000  # what the core without a mutant breaks in these is no news
CHUNK_SEEDS = 1000   # seeds of one process
CRASHES_MAX = 1      # crashes, or runs without end, before an engine gives the mutant up
HOURS_MAX = 4        # the matrix begins no mutant later
HANG_S = 10          # no budget: a process that computes so long holds a run without end


class Ended(Exception):
    """The program did not end as a program should."""


def bounded(command, root):
    """Its end, for which SIGXCPU means that there was none."""
    return subprocess.run(["prlimit", f"--cpu={HANG_S}:{HANG_S + 1}", *command], cwd=root, errors="replace",
                          capture_output=True, text=True, check=False)


def run(folder, words, root):
    """recoup with these words and --json: what it wrote. Ended where it crashed or did not end."""
    report = os.path.join(folder, "report.json")
    if os.path.exists(report):
        os.remove(report)
    command = [os.path.join(folder, "recoup"), *words, "--json", report,
               "--tapes", os.path.join(folder, "tapes")]
    done = bounded(command, root)
    if done.returncode == -signal.SIGXCPU:
        raise Ended("a run without end")
    if done.returncode < 0:
        raise Ended(f"crash (signal {-done.returncode})")
    if done.returncode > 1:
        raise SystemExit(f"mutants: {' '.join(command)} ended with {done.returncode}: {done.stderr}")
    with open(report, encoding="utf-8") as file:
        return json.load(file)


def name_of(violation):
    """check:ID for a check, else the invariant's id."""
    if violation["invariant"] == "check":
        return violation["fingerprint"]
    return violation["invariant"]


# ---- The suite ----------------------------------------------------------------------------------


def scenario_files(root):
    found = []
    for base in ("scenarios", "tests/mutants/worlds"):
        for folder, _, names in os.walk(os.path.join(root, base)):
            found += [os.path.relpath(os.path.join(folder, n), root)
                      for n in sorted(names) if n.endswith(".yaml")]
    return sorted(f for f in found if not f.startswith("scenarios/explore/"))


def suite_results(folder, root, found):
    """The results of every scenario; file by file where the whole suite does not end well."""
    files = scenario_files(root)
    try:
        return run(folder, ["run", *files], root)["results"]
    except Ended:
        results, crashes = [], 0
    for file in reversed(files):  # our own worlds first: they are small, and soon over
        try:
            results += run(folder, ["run", file], root)["results"]
        except Ended as end:
            found.notice(f"{end} in {file}")
            crashes += 1
        if crashes == CRASHES_MAX:
            break
    return results


def suite(folder, root, sound):
    found = Found()
    for result in suite_results(folder, root, found):
        known = sound.get(result["file"], set())
        for violation in result["violations"]:
            name = name_of(violation)
            if name == "twin":
                found.notice(f"twin in {result['file']}")
            elif name not in known:
                runs = found.runs + violation["seed"] - result["seeds"][0] + 1
                found.kill(name, runs, f"scenario {result['file']} seed {violation['seed']}")
        if result["outcome"] == "error":
            found.notice(f"error in {result['file']}: {result['reason']}")
        elif not result["as_expected"] and not found.kills:
            found.notice(f"expectation of {result['file']}")
        found.runs += result["runs"]
    return found


def suite_sound(folder, root):
    """{file: invariants} that the sound core breaks there: the documented flaws."""
    results = run(folder, ["run", *scenario_files(root)], root)["results"]
    surprises = [r["file"] for r in results if not r["as_expected"]]
    if surprises:
        raise SystemExit(f"mutants: without a mutant the suite is not as expected: {surprises}")
    return {r["file"]: {name_of(v) for v in r["violations"]} for r in results}


# ---- The swarm ----------------------------------------------------------------------------------


def take_failures(report, policy, found, known):
    """Kills, and what else there is, of one report into found."""
    for failure in report["failures"]:
        name = name_of(failure) if failure["outcome"] == "violated" else ""
        if not name:
            found.notice(f"error in the swarm: {failure.get('detail', failure['outcome'])}")
        elif name == "twin":
            found.notice("twin in the swarm")
        elif name not in known:
            found.kill(name, failure["seed"], " ".join(["swarm", *policy, "seed", str(failure["seed"])]))


def swarm_once(folder, root, policy, seeds, keep_going, found, known=frozenset()):
    """Seeds (first, last) in one process. The last that was run."""
    first, last = seeds
    words = ["swarm", "--jobs", "1", *policy, "--seeds", f"{first}..{last}"]
    report = run(folder, words + (["--keep-going"] if keep_going else []), root)
    take_failures(report, policy, found, known)
    return last if keep_going or not report["failures"] else report["failures"][-1]["seed"]


def swarm_until(folder, root, policy, last, found, known=frozenset()):
    """Seeds 1..last until one breaks an invariant that is not known."""
    at, crashes, chunk = 0, 0, CHUNK_SEEDS
    while at < last and not found.kills and crashes < CRASHES_MAX:
        # Where errors come, or what is known to break, the first failure is not what we look for.
        goes_on = bool(known or found.noticed or "documented" in policy)
        try:
            at = swarm_once(folder, root, policy, (at + 1, min(at + chunk, last)), goes_on, found,
                            known)
        except Ended as end:
            if chunk > 1:
                chunk = 1 if chunk < CHUNK_SEEDS else 50  # find the seed: those before it may tell
                continue
            found.notice(f"{end} in the swarm")
            at, crashes, chunk = at + 1, crashes + 1, CHUNK_SEEDS
    found.runs = at


def swarm(folder, root, seeds):
    found = Found()
    swarm_until(folder, root, [], seeds, found)
    if found.kills and not found.noticed:
        try:
            swarm_once(folder, root, [], (1, SWARM_MORE), True, found)
        except Ended as end:
            found.notice(f"{end} in the swarm")
    return found


def knob_policies(folder, root):
    """The policies beside `hardened`: each knob turned to its documented side, and `documented`."""
    text = subprocess.run([os.path.join(folder, "recoup"), "list", "knobs"], cwd=root,
                          capture_output=True, text=True, check=True).stdout
    policies, knob = [], None
    for line in text.split("\n"):
        if re.match(r"^[a-z]", line):
            knob = line.split()[0]
        elif line.split()[:1] == ["documented"]:
            policies.append(["--set", f"{knob}={line.split()[1]}"])
    return policies + [["--policy", "documented"]]


def knobs_sound(folder, root):
    """{policy: invariants} that the sound core breaks under it: a mutant meets other worlds under the
    same seed, so many more are looked at. Under `documented` every invariant counts as known."""
    known = {}
    for policy in knob_policies(folder, root):
        found = Found()
        if "documented" not in policy:
            for first in range(1, KNOB_SOUND_SEEDS, CHUNK_SEEDS):
                swarm_once(folder, root, policy, (first, first + CHUNK_SEEDS - 1), True, found)
        known[tuple(policy)] = frozenset(found.kills)
    return known


def knobs(folder, root, sound):
    found = Found()
    for policy, known in sound.items():
        of_policy = Found()
        swarm_until(folder, root, list(policy), KNOB_SEEDS, of_policy, known)
        for name, (runs, how) in of_policy.kills.items():
            if "documented" not in policy or name.startswith("check:"):
                found.kill(name, found.runs + runs, how)
        crashes = [what for what in of_policy.noticed if not what.startswith("error")]
        for what in crashes:
            found.notice(what)
        if crashes:
            break
        found.runs += KNOB_SEEDS
    return found


# ---- The explorer -------------------------------------------------------------------------------

EXPLORED = "scenarios/explore/one-payment.yaml"
EXPLORE_FAULTS, EXPLORE_CRASHES = 1, 1


def explore(folder, root):
    """One payment, completely: every order, a fault and a crash at every point. A run is a transition.
    Where the healed world never drains, that is a violation too: liveness:cycle, liveness:dead_end."""
    found = Found()
    words = ["explore", os.path.join(root, EXPLORED), "--faults", str(EXPLORE_FAULTS),
             "--crashes", str(EXPLORE_CRASHES), "--jobs", "1"]
    # In the mutant's folder, where nobody else writes a tape of the same name.
    done = bounded([os.path.join(folder, "recoup"), *words], folder)
    found.runs = sum(int(n.replace(",", "")) for n in re.findall(r"states, ([\d,]+) trans", done.stdout))
    end = re.findall(r"faults \d+, crashes \d+: (complete|violated|stopped|cycle|dead end)", done.stdout)
    how = f"explore {EXPLORED}"
    if done.returncode == -signal.SIGXCPU:
        found.notice(f"the explorer is not done within {HANG_S} CPU seconds")
    elif done.returncode < 0:
        found.notice("the explorer crashes")
    elif done.returncode == 3:
        found.notice("the explorer stops: " + done.stdout.strip().split("\n")[-1])
    elif end and end[-1] == "violated":
        name = re.search(r"fingerprint (check:\w+|\w+)", done.stdout)
        if name:
            found.kill(name.group(1), found.runs, how)
        else:
            found.notice("the explorer breaks what the run that it tells does not")
    elif end and end[-1] != "complete":
        found.kill("liveness:" + end[-1].replace(" ", "_"), found.runs, how)
    return found


# ---- The core alone -----------------------------------------------------------------------------


def storm(folder):
    """tests/unit/test_storm.c: random events against rcp_node_check. One run is the whole test."""
    found = Found(1)
    done = bounded([os.path.join(folder, "storm")], folder)
    if done.returncode == -signal.SIGXCPU:
        found.notice("the storm has no end")
        return found
    failed = re.search(r"(check:\w+) failed outside of a run", done.stdout + done.stderr)
    if failed:
        found.kill(failed.group(1), 1, "storm")
    elif done.returncode != 0:
        found.notice("an assertion or a crash of the storm test")
    return found


# ---- All of them --------------------------------------------------------------------------------

# In the order in which a kill is kept: what is quickest to see again comes first.
BUDGETS = {
    "suite": "every scenario under its seeds, and those of `tests/mutants/worlds/`",
    "swarm": f"{SWARM_SEEDS:,} generated worlds, `hardened`; {SWARM_FOUND:,} where another found it",
    "core": "1: the storm test, 12 nodes under each policy",
    "explore": f"every transition of one payment with {EXPLORE_FAULTS} fault and {EXPLORE_CRASHES} crash",
    "fuzz": f"{fuzzing.EXECUTIONS:,} executions of `fuzz:schedule` by AFL++, and its corpus",
    "knobs": f"{KNOB_SEEDS} worlds under each other policy; only what nothing else found",
}
NAMES = list(BUDGETS)


class Sound:
    """What the sound core does, measured once."""

    def __init__(self, workshop):
        self.folder = workshop.build_sound()
        self.root = workshop.root
        self.suite = suite_sound(self.folder, workshop.root)
        self.files = {}
        self.asked = threading.Lock()
        self.of_knobs = None
        self.workshop, self.of_fuzz = workshop, None
        if storm(self.folder).kills:
            raise SystemExit("mutants: without a mutant the storm breaks a check; look at that first")

    def knobs(self):
        """Only where somebody asks: it takes as long as all the rest."""
        with self.asked:
            if self.of_knobs is None:
                self.of_knobs = knobs_sound(self.folder, self.root)
            return self.of_knobs

    def fuzz(self):
        """fuzzing.Target, only where somebody asks: compiling it takes half a minute."""
        with self.asked:
            if self.of_fuzz is None:
                self.of_fuzz = fuzzing.Target(self.workshop)
            return self.of_fuzz

    def known(self, workshop, file, only):
        """The invariants that the sound core breaks in this file."""
        key = (file, *only)
        if key not in self.files:
            with tempfile.TemporaryDirectory() as folder:  # several replays run at once
                os.symlink(os.path.join(self.folder, "recoup"), os.path.join(folder, "recoup"))
                report = run(folder, ["run", file, *only], workshop.root)
            self.files[key] = violations_of(report["results"])
        return self.files[key]


def search(workshop, sound, folder, only=()):
    """{engine: Found} of one mutant that was built in folder. The knobs are turned only where nothing
    else finds it: under `hardened` most of the documented side never runs."""
    root, found = workshop.root, {}

    def wanted(engine):
        return not only or engine in only

    if wanted("suite"):
        found["suite"] = suite(folder, root, sound.suite)
    if wanted("core"):
        found["core"] = storm(folder)
    if wanted("explore"):
        found["explore"] = explore(folder, root)
    if wanted("swarm"):
        found["swarm"] = swarm(folder, root, SWARM_FOUND if first_kill(found) else SWARM_SEEDS)
    if wanted("fuzz"):
        found["fuzz"] = fuzzing.fuzz(sound.fuzz(), folder)
    endless = "swarm" in found and any("without end" in what for what in found["swarm"].noticed)
    if wanted("knobs") and not first_kill(found) and not endless:
        found["knobs"] = knobs(folder, root, sound.knobs())
    return found


def first_kill(found):
    """(engine, runs, invariant) of the cheapest engine that found it; None where none did."""
    for engine in NAMES:
        first = found[engine].first() if engine in found else None
        if first:
            return engine, first[0], first[1]
    return None


# ---- Keeping what killed a mutant, and seeing it again ------------------------------------------

TAPES = "tests/mutants/tapes"


class Kill:
    """What killed a mutant, kept in tests/mutants/kills.tsv so that it can be seen again."""

    def __init__(self, engine, invariant, how):
        self.engine, self.invariant, self.how = engine, invariant, how


def keep(workshop, sound, folder, name, found):
    """The Kill to keep of what was found, its tape beside it; None where nothing was."""
    tape = os.path.join(workshop.root, TAPES, name + ".yaml")
    if os.path.exists(tape):
        os.remove(tape)
    for engine in NAMES:
        if engine not in found or not found[engine].kills:
            continue
        _, invariant, how = found[engine].first()
        if how.startswith("swarm "):
            how = keep_tape(folder, name, swarm_tape(folder, how), tape) or how
        elif how.startswith("fuzz "):
            how = keep_tape(folder, name, how.split()[1], tape)
        kill = Kill(engine, invariant, how)
        complaint = replay(workshop, sound, folder, name, kill)
        if not complaint:
            return kill
        found[engine].kills.clear()  # not seen twice is not seen
        found[engine].notice(complaint)
    return None


def recoup(folder, *words):
    """Among relative names: a tape names no machine's folders."""
    return subprocess.run(["./recoup", *words], cwd=folder, capture_output=True, check=False)


def swarm_tape(folder, how):
    """The tape of a swarm's seed, in the folder. None where it dies while it is told."""
    *policy, _, seed = how.split()[1:]
    shutil.rmtree(os.path.join(folder, "kept"), ignore_errors=True)
    recoup(folder, "swarm", "--jobs", "1", *policy, "--seeds", f"{seed}..{seed}", "--tapes", "kept")
    if not os.path.isdir(os.path.join(folder, "kept")):
        return None
    return os.path.join("kept", os.listdir(os.path.join(folder, "kept"))[0])


def keep_tape(folder, name, written, tape):
    """A tape of the folder becomes the mutant's, shrunk where it can be. None where there is none: the
    seed itself has to do."""
    if written is None:
        return None
    shrunk = recoup(folder, "shrink", written, "-o", name + ".yaml")
    if shrunk.returncode == 0 and os.path.exists(os.path.join(folder, name + ".yaml")):
        written = name + ".yaml"
    os.makedirs(os.path.dirname(tape), exist_ok=True)
    shutil.copyfile(os.path.join(folder, written), tape)
    return f"tape {TAPES}/{name}.yaml"


def violations_of(results):
    return {name_of(v) for result in results for v in result["violations"]} - {"twin"}


def replay(workshop, sound, folder, name, kill):
    """None where the mutant breaks what the sound core keeps, in the same run; else what is wrong."""
    words = kill.how.split()
    if words[0] == "storm":
        return None if storm(folder).kills else f"{name}: the storm no longer kills it"
    if words[0] == "explore":
        return None if explore(folder, workshop.root).kills else f"{name}: no longer explored to death"
    if words[0] == "swarm":
        found, seed = Found(), int(words[-1])
        swarm_once(folder, workshop.root, words[1:-2], (seed, seed), False, found)
        return None if kill.invariant in found.kills else f"{name}: {kill.how} no longer kills it"
    only = ["--seeds", f"{words[3]}..{words[3]}"] if words[0] == "scenario" else []
    known = sound.known(workshop, words[1], only)
    try:
        broken = violations_of(run(folder, ["run", words[1], *only], workshop.root)["results"])
    except Ended as end:
        return f"{name}: {end} in {words[1]}"
    if kill.engine == "knobs":
        broken &= {kill.invariant}  # the policy's own flaw is none
    return None if broken - known else f"{name}: {kill.how} no longer kills it"


def search_briefly(workshop, sound, folder):
    """Engine after engine, until one kills it. {engine: Found}, as search gives."""
    found = {"suite": suite(folder, workshop.root, sound.suite)}
    if not found["suite"].kills:
        found["core"] = storm(folder)
        found["explore"] = explore(folder, workshop.root)
    if not first_kill(found):
        found["swarm"] = Found()
        swarm_until(folder, workshop.root, [], SWARM_SEEDS, found["swarm"])
    if not first_kill(found):
        found["fuzz"] = fuzzing.fuzz(sound.fuzz(), folder)
    if not first_kill(found):
        found["knobs"] = knobs(folder, workshop.root, sound.knobs())
    return found
