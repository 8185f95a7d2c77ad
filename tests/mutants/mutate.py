"""Mechanical mutants: every site in core/ where one can be made, a fixed draw of them, and how one is applied.

    python3 tests/mutants/mutate.py    how many sites there are, by file and operator
    tests/mutants.sh draw              draws DRAWN of them by SEED into tests/mutants/mechanical.tsv

A mutant is a line of text replaced within one function or table: (operator, file, where, nth, before,
after). Line numbers are left out on purpose, so that a mutant survives edits elsewhere in its file. One
whose text is no longer there cannot be applied, and that is an error: draw anew.

What is passed over, because no run could tell, or because it is the checker and not the checked:
  core/record.c, core/policy.c    names, sentences, and what the command line refuses
  core/digest.c, core/snapshot.c  the state's digest and copy: only the explorer asks for them
  core/times.c                    the checker of times
  core/handles.c, core/recording*.c, core/replay.c    asked for by production alone
  headers                         limits and layouts that the simulator shares
  rcp_check(), rcp_node_check() and its parts, rcp_mark(): checks and coverage
  rcp_limits_refusal()            what the command line refuses
  static_assert, comments, #include, declarations without effects
"""
import os
import random
import re
import sys

SEED = 20260101
DRAWN = 200
LIST = "tests/mutants/mechanical.tsv"

FILES_PASSED = {
    "core/record.c", "core/policy.c", "core/digest.c", "core/snapshot.c", "core/times.c",
    "core/handles.c", "core/replay.c", "core/recording.c", "core/recording_compare.c",
    "core/recording_fields.c", "core/recording_step.c",
}
FUNCTIONS_PASSED = {
    "rcp_node_check", "check_flows", "check_groups", "check_partitions",
    "commit_fails", "check_heard", "check_given_back", "check_hurry",
    "rcp_limits_refusal", "rcp_mark",
}
CALLS_PASSED = re.compile(r"^\s*(rcp_check|rcp_check_failed|rcp_mark|static_assert)\(")

# Each comparison becomes its neighbour at the edge, or its opposite.
COMPARISONS = {
    "==": ["!="], "!=": ["=="],
    "<": ["<=", ">="], "<=": ["<", ">"],
    ">": [">=", "<="], ">=": [">", "<"],
    "&&": ["||"], "||": ["&&"],
}
COMPARISON = re.compile(r"(?<= )(==|!=|<=|>=|<|>|&&|\|\|)(?= |$)")
NEGATION = re.compile(r"(?<=[( ])!(?=[a-z(])")
INTEGER = re.compile(r"(?<![\w.])(\d+)(u?)(?![\w.x])")
CONSTANT = re.compile(r"\bRCP_[A-Z_]*(?:_MS|_MAX|_TRIES|_BITS)\b")
DECLARATION = re.compile(
    r"^\s*(const|static|struct|enum|bool|int|size_t|u?int\d+_t|extern|typedef|unsigned)\b")


def code_of(line):
    """The line with comments and texts blanked, as long as before."""
    def blank(match):
        return " " * len(match.group(0))
    line = re.sub(r'"(\\.|[^"\\])*"', blank, line)
    line = re.sub(r"/\*.*?(\*/|$)", blank, line)
    return line


class Region:
    """One function or table of a file: its name and the lines [first, last]."""

    def __init__(self, name, first, last, is_table):
        self.name, self.first, self.last, self.is_table = name, first, last, is_table


def regions_of(lines):
    """Functions and tables begin and end in the first column; clang-format sees to it."""
    regions, head, is_table = [], None, False
    in_comment = False
    for number, line in enumerate(lines):
        code = code_of(line)
        if in_comment:
            in_comment = "*/" not in line
            continue
        if line.lstrip().startswith("/*") and "*/" not in line:
            in_comment = True
            continue
        if head is None:
            if re.match(r"^[a-z].*\[.*\] = \{$", code):
                name, is_table = re.search(r"(\w+)\[", code).group(1), True
                head = (name, number)
            elif re.match(r"^[a-z_A-Z].*\w+\(", code) and not code.rstrip().endswith(";"):
                name, is_table = re.search(r"(\w+)\(", code).group(1), False
                head = (name, number)
        elif line.startswith("}"):
            regions.append(Region(head[0], head[1] + 1, number - 1, is_table))
            head = None
        elif code.rstrip().endswith(";") and not line.startswith((" ", "{")):
            head = None  # a declaration after all
    return regions


class Mutant:
    def __init__(self, operator, path, where, nth, before, after):
        self.operator, self.path, self.where, self.nth = operator, path, where, nth
        self.before, self.after = before, after

    def fields(self):
        return [self.operator, self.path, self.where, str(self.nth),
                escape(self.before), escape(self.after)]


def escape(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), text)


# ---- Sites --------------------------------------------------------------------------------------


def statements_of(lines, region):
    """(first, last) of every statement that can go: no declaration, no check, no label."""
    number = region.first
    while number <= region.last:
        code = code_of(lines[number]).strip()
        starts = bool(re.match(r"^[a-z*(+-]", code)) and not re.match(
            r"^(if|else|for|while|switch|case|default|do)\b", code)
        before = code_of(lines[number - 1]).strip() if number > region.first else "{"
        continues = not re.search(r"([;{}:)]|else|\*/|^)$", before)
        if not starts or continues or CALLS_PASSED.match(lines[number]) or DECLARATION.match(code):
            number += 1
            continue
        last = number
        while last <= region.last and not code_of(lines[last]).rstrip().endswith(";"):
            last += 1
        if last <= region.last and "{" not in code_of(lines[number]).split("=")[0]:
            yield number, last
        number = last + 1


def cases_of(lines, region):
    """(labels, body) of each group of case labels: line numbers. The body may be empty."""
    number = region.first
    while number <= region.last:
        if not lines[number].lstrip().startswith("case "):
            number += 1
            continue
        indent = len(lines[number]) - len(lines[number].lstrip())
        labels = []
        while lines[number].lstrip().startswith("case "):
            labels.append(number)
            number += 1
        body = []
        while len(lines[number]) - len(lines[number].lstrip()) > indent:
            body.append(number)
            number += 1
        yield labels, body


def rows_of(lines, region):
    """(first, last) of each element of a table or of a static array."""
    number = region.first
    while number <= region.last:
        code = code_of(lines[number]).strip()
        if not re.match(r"^(\{|\[\w+\] =)", code):
            number += 1
            continue
        last, depth = number, 0
        while last <= region.last:
            text = code_of(lines[last])
            depth += text.count("{") - text.count("}")
            if depth <= 0 and text.rstrip().endswith(","):
                break
            last += 1
        if last <= region.last:
            yield number, last
        number = last + 1


def flips(line):
    code = code_of(line)
    for match in COMPARISON.finditer(code):
        for other in COMPARISONS[match.group(1)]:
            yield line[:match.start()] + other + line[match.end():]
    for match in NEGATION.finditer(code):
        yield line[:match.start()] + line[match.end():]


def shifts(line):
    code = code_of(line)
    for match in INTEGER.finditer(code):
        value = int(match.group(1))
        for other in [value + 1] + ([value - 1] if value > 0 else []):
            yield line[:match.start()] + str(other) + match.group(2) + line[match.end():]
    for match in CONSTANT.finditer(code):
        for sign in "+-":
            yield f"{line[:match.start()]}({match.group(0)} {sign} 1u){line[match.end():]}"


def dropped_case(lines, labels, body, label):
    """The case goes nowhere; those that shared its body keep it."""
    indent = re.match(r"\s*", lines[label]).group(0)
    gone = [lines[label], indent + "    break;"]
    rest = [lines[other] for other in labels if other != label]
    return "\n".join(gone + (rest + [lines[b] for b in body] if rest else []))


def sites_in(path, lines):
    for region in regions_of(lines):
        if region.name in FUNCTIONS_PASSED:
            continue
        seen = {}

        def mutant(operator, first, last, after):
            before = "\n".join(lines[first:last + 1])
            place = seen.setdefault(before, [])
            if first not in place:
                place.append(first)
            return Mutant(operator, path, region.name, place.index(first) + 1, before, after)

        if region.is_table:
            for first, last in rows_of(lines, region):
                yield mutant("case", first, last, "")
            continue
        static_rows = list(rows_of(lines, region)) if any(
            "static const" in lines[n] for n in range(region.first, region.last + 1)) else []
        passed = set()
        for number in range(region.first, region.last + 1):
            if CALLS_PASSED.match(lines[number]):
                last = number
                while not code_of(lines[last]).rstrip().endswith(";"):
                    last += 1
                passed.update(range(number, last + 1))
        for number in range(region.first, region.last + 1):
            if number in passed or lines[number].lstrip().startswith(("/*", "*", "case ")):
                continue
            for after in flips(lines[number]):
                yield mutant("comparison", number, number, after)
            for after in shifts(lines[number]):
                yield mutant("one off", number, number, after)
        for first, last in statements_of(lines, region):
            indent = re.match(r"\s*", lines[first]).group(0)
            yield mutant("statement", first, last, indent + "{}")
        for labels, body in cases_of(lines, region):
            said = [lines[b].strip() for b in body]
            if said in ([], ["break;"]) or CALLS_PASSED.match(said[0]):
                continue
            for label in labels:
                yield mutant("case", labels[0], body[-1],
                             dropped_case(lines, labels, body, label))
        for first, last in static_rows:
            yield mutant("case", first, last, "")


def core_files(root):
    found = []
    for folder, _, names in os.walk(os.path.join(root, "core")):
        found += [os.path.relpath(os.path.join(folder, n), root) for n in names if n.endswith(".c")]
    return sorted(f for f in found if f not in FILES_PASSED)


def read_lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read().split("\n")


def all_sites(root):
    sites = []
    for path in core_files(root):
        sites += sites_in(path, read_lines(root, path))
    return sites


# ---- Applying -----------------------------------------------------------------------------------


class DoesNotApply(Exception):
    pass


def mutated(root, mutant):
    """The text of the mutant's file with the mutant in it."""
    lines = read_lines(root, mutant.path)
    before = mutant.before.split("\n")
    for region in regions_of(lines):
        if region.name != mutant.where:
            continue
        nth = 0
        for number in range(region.first, region.last + 2 - len(before)):
            if lines[number:number + len(before)] == before:
                nth += 1
                if nth == mutant.nth:
                    after = mutant.after.split("\n") if mutant.after else []
                    return "\n".join(lines[:number] + after + lines[number + len(before):])
    raise DoesNotApply(
        f"{mutant.path}: {mutant.where}: no longer has (occurrence {mutant.nth}):\n{mutant.before}")


def read_list(root):
    """{id: Mutant} in the order of the list."""
    mutants = {}
    with open(os.path.join(root, LIST), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            mutants[fields[0]] = Mutant(fields[1], fields[2], fields[3], int(fields[4]),
                                        unescape(fields[5]), unescape(fields[6]))
    return mutants


def draw(root, compiles):
    """DRAWN sites by SEED, each of which compiles; which were passed over is counted."""
    sites = all_sites(root)
    random.Random(SEED).shuffle(sites)
    drawn, failed = [], 0
    for site in sites:
        if compiles(site):
            drawn.append(site)
            if len(drawn) == DRAWN:
                break
        else:
            failed += 1
    path = os.path.join(root, LIST)
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Mechanical mutants, drawn by `tests/mutants.sh draw`; mutate.py says how.\n"
                   f"# {len(drawn)} of {len(sites)} sites by seed {SEED}; {failed} that do not compile were passed over.\n"
                   "# id, operator, file, function or table, occurrence of the text in it, text, text in its place\n")
        for number, site in enumerate(drawn, 1):
            file.write("\t".join([f"m{number:03}"] + site.fields()) + "\n")
    print(f"{len(drawn)} of {len(sites)} sites drawn by seed {SEED} into {LIST}; "
          f"{failed} do not compile")


def main():
    root = os.getcwd()
    counts = {}
    for site in all_sites(root):
        counts[(site.path, site.operator)] = counts.get((site.path, site.operator), 0) + 1
    for (path, operator), count in sorted(counts.items()):
        print(f"{count:5}  {path:40} {operator}")
    print(f"{sum(counts.values()):5}  sites")


if __name__ == "__main__":
    sys.exit(main())
