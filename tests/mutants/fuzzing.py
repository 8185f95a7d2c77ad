"""The engine `fuzz`: AFL++ looks for a mutant with the schedule target of fuzz/.

The target is compiled once with afl-cc, with rcp_node_check() after every step as the other engines have
it; a mutant is its own objects, linked before the archive of all others. First the committed corpus is
replayed, then afl-fuzz goes on from what of it holds, until something aborts or the budget is spent. An
input kills when the mutant violates an invariant or a check with it, and the sound core holds.

AFL++'s own chance has a fixed seed, but how long an input takes decides too how often it is varied: the
same budget may need more or fewer executions another time. What was found is kept as a tape, which does
not depend on that.
"""
import os
import re
import shutil
import signal
import subprocess

from found import Found

EXECUTIONS = 100000  # about 3 CPU seconds where nothing aborts
SEED = 1             # of AFL++'s own chance
SECONDS_MAX = 120    # no budget: a mutant whose runs abort, or never end, is given up after this
LARGEST = 64         # bytes of an input, as in fuzz/run.sh
REPLAY_S = 1         # CPU seconds: a replay takes a thousandth of it, or has no end
ENDLESS_MAX = 3      # runs without end in the corpus, before the mutant is given up

CORPUS = "fuzz/corpus/schedule"
DICTIONARY = "fuzz/schedule.dict"


class Target:
    """The sound target, built once, and how a mutant's is made of it."""

    def __init__(self, workshop):
        self.workshop, self.root = workshop, workshop.root
        self.out = os.path.join(workshop.work, "fuzz")
        self.environment = dict(os.environ,
                                AFL_LLVM_DENYLIST=os.path.join(self.root, "fuzz/uninstrumented.txt"),
                                AFL_NO_AFFINITY="1")  # as many mutants at a time as there are cores
        self.environment.pop("AFL_TRY_AFFINITY", None)
        self.compiler = workshop.flags["afl"].split()
        subprocess.run(["bash", "-c", '. fuzz/build.sh; fuzz_build schedule "$0"', self.out],
                       cwd=self.root, check=True)
        self.checks = os.path.join(self.out, "checks.o")
        self.compile(self.root, "sim/model/process.c", self.checks, "-DRCP_DEBUG")
        self.sound = self.link([], os.path.join(self.out, "sound"))
        broken = [file for file in self.corpus() if said_of(self.sound, file)]
        if broken:
            raise SystemExit(f"mutants: without a mutant these do not hold, look at them first: {broken}")

    def corpus(self):
        folder = os.path.join(self.root, CORPUS)
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]

    def compile(self, folder, source, target, *more):
        subprocess.run([*self.compiler, *self.workshop.flags["core"].split(), *more, "-c", source,
                        "-o", target], cwd=folder, env=self.environment, check=True)
        return target

    def link(self, changed, target):
        own = [os.path.join(self.out, "objects/fuzz", name + ".o")
               for name in ("afl_main.c", "afl_answer.c", "fuzz_schedule.c")]
        subprocess.run([*self.compiler, *self.workshop.flags["afl_link"].split(), *own, self.checks,
                        *changed, os.path.join(self.out, "libhouse.a"),
                        *self.workshop.flags["libraries"].split(), "-o", target],
                       env=self.environment, check=True)
        return target

    def mutant(self, folder):
        """The target with the mutant of this folder in it: what differs has an object there already.
        gcc took it with all warnings; clang's are not asked."""
        changed = [self.compile(folder, source, os.path.join(folder, source + ".afl.o"), "-w")
                   for source in sources_compiled(folder)]
        return self.link(changed, os.path.join(folder, "fuzz-schedule"))


def sources_compiled(folder):
    found = []
    for place, _, names in os.walk(os.path.join(folder, "core")):
        found += [os.path.relpath(os.path.join(place, name[:-2]), folder)
                  for name in sorted(names) if name.endswith(".c.o")]
    return sorted(found)


ENDLESS = "a run without end"


def said_of(binary, file, *words):
    """What the target says is wrong with this input; None where it holds."""
    done = subprocess.run(["prlimit", f"--cpu={REPLAY_S}:{REPLAY_S + 1}", binary, *words, file],
                          capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return None
    if done.returncode == -signal.SIGXCPU:
        return ENDLESS
    said = re.search(r"^fuzz-schedule: (.*)", done.stderr, re.MULTILINE)
    return said.group(1) if said else f"crash (exit {done.returncode})"


def judge(target, binary, folder, file, runs, found):
    """Is this input a kill? Its tape stays in the mutant's folder. Gives what the target said."""
    tape = f"fuzz-{runs}.yaml"
    said = said_of(binary, file, "-o", os.path.join(folder, tape))
    broken = re.match(r"violated (check:\w+|\w+)", said or "")
    if not said:
        return None
    if not broken or broken.group(1) == "twin":
        found.notice(f"fuzz: {said}")
    elif said_of(target.sound, file):
        found.notice("fuzz: an input that breaks the core without the mutant too")
    else:
        found.kill(broken.group(1), runs, f"fuzz {tape}")
    return said


def afl_fuzz(target, binary, folder, until_crash):
    """What afl-fuzz left in the folder: executions, and its crashes, the earliest first."""
    out = os.path.join(folder, "afl")
    shutil.rmtree(out, ignore_errors=True)
    environment = dict(target.environment)
    if until_crash:
        environment["AFL_BENCH_UNTIL_CRASH"] = "1"
    subprocess.run(["afl-fuzz", "-i", os.path.join(folder, "corpus"), "-o", out, "-s", str(SEED),
                    "-E", str(EXECUTIONS), "-V", str(SECONDS_MAX), "-G", str(LARGEST), "-t", "1000",
                    "-m", "none", "-x", os.path.join(target.root, DICTIONARY), "--", binary],
                   env=environment, capture_output=True, check=False)
    try:
        with open(os.path.join(out, "default/fuzzer_stats"), encoding="utf-8") as file:
            executions = int(re.search(r"execs_done\s*: (\d+)", file.read()).group(1))
    except (OSError, AttributeError):
        return 0, []
    crashes = os.path.join(out, "default/crashes")
    names = [name for name in os.listdir(crashes) if name.startswith("id")]
    found = [(int(re.search(r"execs:(\d+)", name).group(1)), os.path.join(crashes, name))
             for name in names]
    return executions, sorted(found)


def replay_corpus(target, binary, folder, found):
    """Kills of the corpus; what of it holds is where afl-fuzz begins. Whether it may."""
    holding = os.path.join(folder, "corpus")
    os.makedirs(holding, exist_ok=True)
    endless = 0
    for file in target.corpus():
        found.runs += 1
        said = judge(target, binary, folder, file, found.runs, found)
        if not said:
            shutil.copy(file, holding)
        endless += said == ENDLESS
        if endless == ENDLESS_MAX:
            return False
    if not os.listdir(holding):
        found.notice("fuzz: no input of the corpus holds")
    return os.listdir(holding) and not found.kills


def fuzz(target, folder):
    found = Found()
    binary = target.mutant(folder)
    if not replay_corpus(target, binary, folder, found):
        return found
    before = found.runs
    for until_crash in (True, False):  # where the first that aborts is no kill, on to a later one
        executions, crashes = afl_fuzz(target, binary, folder, until_crash)
        found.runs = before + executions
        if executions == 0:
            found.notice("fuzz: afl-fuzz does not begin")
        elif executions < EXECUTIONS and not crashes:
            found.notice(f"fuzz: {SECONDS_MAX} s were over after {executions:,} executions")
        for after, file in crashes:
            if not judge(target, binary, folder, file, before + after, found):
                found.notice("fuzz: an input that aborts under afl-fuzz and holds alone")
            if found.kills:
                return found
        if not crashes:
            return found
    return found
