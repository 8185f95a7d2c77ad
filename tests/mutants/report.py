"""What was found, kept in files: kills.tsv for CI, and docs/results/mutants.{tsv,md} for people."""
import os
import re

import engines

KILLS = "tests/mutants/kills.tsv"
SURVIVORS = "tests/mutants/survivors.tsv"
MATRIX = "docs/results/mutants.tsv"
PAGE = "docs/results/mutants.md"

# What a survivor is: written by a person into survivors.tsv.
VERDICTS = {
    "same": "equivalent: no run can differ",
    "silent": "differs, and breaks no promise: nothing that an invariant should forbid",
    "gap": "a bug that no invariant sees",
}


def rows_of(root, path):
    full = os.path.join(root, path)
    if not os.path.exists(full):
        return []
    with open(full, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file
                if line.strip() and not line.startswith("#")]


def read_kills(root):
    """{mutant: engines.Kill}"""
    return {mutant: engines.Kill(engine, invariant, how)
            for mutant, engine, invariant, how in rows_of(root, KILLS)}


def read_survivors(root):
    """{mutant: (verdict, argument)}"""
    judged = {}
    for mutant, verdict, argument in rows_of(root, SURVIVORS):
        if verdict not in VERDICTS:
            raise SystemExit(f"mutants: {SURVIVORS}: {mutant}: '{verdict}' is none of {list(VERDICTS)}")
        judged[mutant] = (verdict, argument)
    return judged


def invariants_of(root):
    """The ids of sim/check/invariant.h, in its order; checks and twins are no invariants."""
    with open(os.path.join(root, "sim/check/invariant.h"), encoding="utf-8") as file:
        found = re.findall(r"RCP_INVARIANT_(\w+),\s*/\* (\w+)", file.read())
    return [name for enum, name in found if enum.lower() == name and name not in ("check", "twin")]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "|".join("---:" if h.startswith("#") else "---" for h in head) + "|"]
    lines[0] = lines[0].replace("# ", "")
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows] + [""]


def percent(part, whole):
    return f"{1000 * part // whole / 10} %" if whole else "-"


class Results:
    """Of all mutants: {mutant: {engine: (runs searched, {invariant: runs}, noticed)}}."""

    def __init__(self, workshop):
        self.workshop, self.root = workshop, workshop.root
        self.kills = read_kills(self.root)
        self.judged = read_survivors(self.root)
        self.found = {}
        for mutant, engine, searched, invariant, runs, noticed in rows_of(self.root, MATRIX):
            of_engine = self.found.setdefault(mutant, {}).setdefault(engine,
                                                                     (int(searched), {}, noticed))
            if invariant != "-":
                of_engine[1][invariant] = int(runs)

    def record(self, mutant, kill):
        self.kills.pop(mutant, None)
        if kill:
            self.kills[mutant] = kill

    def take(self, mutant, found):
        """Engines that were not asked keep what they had."""
        self.found.setdefault(mutant, {}).update({
            engine: (of_engine.runs,
                     {name: runs for name, (runs, _) in of_engine.kills.items()},
                     of_engine.noticed[0] if of_engine.noticed else "")
            for engine, of_engine in found.items()})

    # ---- Files ------------------------------------------------------------------------------

    def write(self):
        names = self.workshop.all_mutants()
        self.found = {name: self.found[name] for name in names if name in self.found}
        with open(os.path.join(self.root, KILLS), "w", encoding="utf-8") as file:
            file.write("# What kills each mutant: written by ./zigw build mutants -- --write\n"
                       "# mutant, engine, invariant or check, and the run: a scenario and its seed, "
                       "a tape, or tests/unit/test_storm.c\n")
            for name in names:
                if name in self.kills:
                    kill = self.kills[name]
                    file.write(f"{name}\t{kill.engine}\t{kill.invariant}\t{kill.how}\n")
        with open(os.path.join(self.root, MATRIX), "w", encoding="utf-8") as file:
            file.write("# mutant, engine, runs searched, invariant or check that broke, "
                       "runs until it did, what else was noticed\n")
            for name, of_mutant in self.found.items():
                for engine, (searched, kills, noticed) in of_mutant.items():
                    for invariant, runs in sorted(kills.items(), key=lambda k: k[1]) or [("-", 0)]:
                        file.write(f"{name}\t{engine}\t{searched}\t{invariant}\t{runs}\t{noticed}\n")
        with open(os.path.join(self.root, PAGE), "w", encoding="utf-8") as file:
            file.write("\n".join(self.page()))

    # ---- Counting ---------------------------------------------------------------------------

    def killed(self, name):
        return any(kills for _, kills, _ in self.found.get(name, {}).values())

    def counts(self, hand):
        """(searched, killed, {verdict: how many survivors}) of one kind."""
        names = [n for n in self.found if self.workshop.is_hand(n) == hand]
        verdicts = dict.fromkeys([*VERDICTS, "not judged"], 0)
        for name in names:
            if not self.killed(name):
                verdicts[self.judged.get(name, ("not judged", ""))[0]] += 1
        return len(names), sum(self.killed(n) for n in names), verdicts

    def summary(self):
        lines = []
        for hand in (True, False):
            searched, killed, verdicts = self.counts(hand)
            counted = searched - verdicts["same"]
            lines.append(f"{'hand-planted' if hand else 'mechanical':12}: {searched} searched, "
                         f"{verdicts['same']} equivalent, {killed} of {counted} killed "
                         f"({percent(killed, counted)}); survivors: {verdicts}")
        return "\n".join(lines)

    def killed_by(self, engine):
        return {name for name, of in self.found.items() if of.get(engine, (0, {}, ""))[1]}

    def killed_only_by(self, engine):
        others = set().union(*(self.killed_by(e) for e in engines.NAMES if e != engine))
        return self.killed_by(engine) - others

    # ---- The page ---------------------------------------------------------------------------

    def page(self):
        return [
            "# Detection power", "",
            "Bugs planted in `core/`, and what finds them: regenerated by `./zigw build mutants -- "
            "--write`. The mutants are in [tests/mutants](../../tests/mutants); "
            "[HACKING.md](../HACKING.md#planting-a-bug) says how one is added. The whole matrix, a line "
            "for each mutant, engine and invariant, is [mutants.tsv](mutants.tsv).", "",
            "A kill is an invariant or a `check:` id that broke, and that the core without the mutant "
            "keeps in the same run. An expectation of a scenario, a crash, or a run without end is "
            "noticed and not counted.", "",
            *self.page_summary(), *self.page_engines(), *self.page_invariants(),
            *self.page_survivors(), *self.page_matrix()]

    def page_summary(self):
        rows = []
        for hand in (True, False):
            searched, killed, verdicts = self.counts(hand)
            gaps = verdicts["gap"] + verdicts["not judged"]
            rows.append(["planted by hand" if hand else "mechanical, drawn by a fixed seed", searched,
                         verdicts["same"], verdicts["silent"], gaps, killed,
                         percent(killed, searched - verdicts["same"]), percent(killed, killed + gaps)])
        return ["## Summary", "", *table(
            ["mutants", "# planted", "# equivalent", "# silent", "# gaps", "# killed",
             "# of those not equivalent", "# of killed and gaps"], rows),
            "Equivalent: no run can differ. Silent: it differs, and breaks no promise that an invariant "
            "should hold. Gap: a bug that no invariant or check sees yet. All of them are argued below, "
            "one by one.", ""]

    def page_engines(self):
        rows = [[f"`{engine}`", engines.BUDGETS[engine],
                 sum(engine in of for of in self.found.values()), len(self.killed_by(engine)),
                 len(self.killed_only_by(engine)), self.median(engine)] for engine in engines.NAMES]
        return ["## By engine", "", *table(
            ["engine", "budget in runs", "# searched", "# killed", "# by no other", "# median of runs"], rows),
            f"Searched: how many of the {len(self.workshop.all_mutants())} mutants were given to the engine; "
            "the others have an empty cell in the matrix. `knobs` gets what nothing else found. `explore` "
            "and `fuzz` see one payment only. `fuzz` begins at the corpus of `fuzz/corpus/schedule` and "
            "ends with the first kill, so that it names few invariants; AFL++'s seed is fixed, but what it "
            "varies depends on how long runs take too, so another night may need more or fewer executions, "
            "and find a mutant that is found rarely or not. Every kill that is kept replays exactly. No "
            f"mutant is begun after {engines.HOURS_MAX} hours of a night; one that is late keeps what was "
            "found before.", ""]

    def median(self, engine):
        first = sorted(min(of[engine][1].values()) for of in self.found.values()
                       if engine in of and of[engine][1])
        return f"{first[len(first) // 2]:,}" if first else "-"

    def page_invariants(self):
        names = {}
        for name, of_mutant in self.found.items():
            for _, kills, _ in of_mutant.values():
                for invariant in kills:
                    names.setdefault(invariant, set()).add(name)
        known = invariants_of(self.root)
        checks = sorted(n for n in names if n not in known)
        rows = [[f"`{n}`", len(names.get(n, ())), ", ".join(sorted(names.get(n, ()))[:3])]
                for n in known + checks]
        return ["## By invariant", "", "How many mutants each of them kills, by any engine; checks of "
                "the core below.", "", *table(["invariant", "# mutants", "such as"], rows)]

    def page_survivors(self):
        rows = []
        for name in self.found:
            if not self.killed(name):
                verdict, argument = self.judged.get(name, ("not judged", ""))
                noticed = next((n for _, _, n in self.found[name].values() if n), "")
                said = argument + (f" Noticed: {noticed}." if noticed else "")
                rows.append([name, verdict, self.workshop.says(name).replace("|", "\\|"),
                             said.replace("|", "\\|")])
        return ["## Survivors", "", *table(["mutant", "verdict", "what it does", "why it survives"],
                                           rows)]

    def page_matrix(self):
        rows = []
        for name, of_mutant in self.found.items():
            cells = [name]
            for engine in engines.NAMES:
                kills = of_mutant.get(engine, (0, {}, ""))[1]
                first = min((runs, invariant) for invariant, runs in kills.items()) if kills else None
                more = f" +{len(kills) - 1}" if len(kills) > 1 else ""
                cells.append(f"`{first[1]}` {first[0]:,}{more}" if first else
                             "-" if engine in of_mutant else "")
            rows.append(cells)
        return ["## Matrix", "", "The first invariant that broke and the runs until it did; how many "
                "others broke too. `-`: searched, and nothing broke. Empty: not searched.", "",
                *table(["mutant", *engines.NAMES], rows)]
