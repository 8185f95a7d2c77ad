"""Where mutants are made: objects of the house compiled once, and one small build for each mutant.

The checkout's core/ is never touched. A mutant has a folder of its own with a copy of core/; what it
changes is compiled there and linked with the objects that it shares with all others.
"""
import os
import re
import shutil
import subprocess

from mutate import DoesNotApply, mutated, read_list

HAND = "tests/mutants/hand"


class DoesNotCompile(Exception):
    pass


class Workshop:
    """root: the repository. work: a folder where tests/mutants.sh left objects/ and flags."""

    def __init__(self, root, work):
        self.root, self.work = root, work
        with open(os.path.join(work, "flags"), encoding="utf-8") as file:
            self.flags = dict(line.rstrip("\n").split("=", 1) for line in file)
        self.core = self.objects("core")
        self.others = self.objects("sim", "yaml", "reports", "cmd/host", "cmd/recoup")
        self.storm = self.objects("sim", "yaml", "reports", "cmd/host", "tests")
        self.mechanical = read_list(root) if os.path.exists(
            os.path.join(root, "tests/mutants/mechanical.tsv")) else {}

    def objects(self, *folders):
        found = {}
        for folder in folders:
            base = os.path.join(self.work, "objects")
            for place, _, names in os.walk(os.path.join(base, folder)):
                for name in sorted(names):
                    if name.endswith(".o"):
                        path = os.path.join(place, name)
                        found[os.path.relpath(path, base)[:-2]] = path
        return dict(sorted(found.items()))

    def hand(self):
        names = sorted(os.listdir(os.path.join(self.root, HAND)))
        return [name[:-len(".patch")] for name in names if name.endswith(".patch")]

    def all_mutants(self):
        return self.hand() + list(self.mechanical)

    def is_hand(self, mutant):
        return mutant not in self.mechanical

    def says(self, mutant):
        """One line: what the mutant does."""
        if not self.is_hand(mutant):
            m = self.mechanical[mutant]
            return f"{m.operator} in {m.path} {m.where}: {brief(m.before, m.after)}"
        with open(self.patch_path(mutant), encoding="utf-8") as file:
            return " ".join(line[1:].strip() for line in leading_comments(file))

    def patch_path(self, mutant):
        return os.path.join(self.root, HAND, mutant + ".patch")

    # ---- Building ---------------------------------------------------------------------------

    def apply(self, mutant, folder):
        """A copy of core/ with the mutant in it. The files that differ."""
        shutil.copytree(os.path.join(self.root, "core"), os.path.join(folder, "core"))
        if self.is_hand(mutant):
            return self.apply_patch(mutant, folder)
        m = self.mechanical[mutant]
        return self.write_mutated(m, folder)

    def apply_patch(self, mutant, folder):
        path = self.patch_path(mutant)
        done = subprocess.run(
            ["patch", "-p1", "--forward", "--batch", "--fuzz=0", "--no-backup-if-mismatch", "-i", path],
            cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise DoesNotApply(f"{mutant}.patch no longer applies:\n{done.stdout}{done.stderr}")
        with open(path, encoding="utf-8") as file:
            return [line.split()[1][2:] for line in file if line.startswith("+++ ")]

    def write_mutated(self, m, folder):
        text = mutated(self.root, m)
        with open(os.path.join(folder, m.path), "w", encoding="utf-8") as file:
            file.write(text)
        return [m.path]

    def compile(self, folder, changed):
        """The core's objects for this mutant: its own where it differs."""
        core = dict(self.core)
        sources = [p for p in changed if p.endswith(".c")]
        if any(p.endswith(".h") for p in changed):
            sources = list(core)
        for source in sources:
            target = os.path.join(folder, source + ".o")
            command = ["gcc", "-O1", *self.flags["core"].split(), "-c", source, "-o", target]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                raise DoesNotCompile(done.stderr)
            core[source] = target
        return core

    def link(self, core, others, libraries, target):
        command = ["gcc", *core.values(), *others.values(),
                   *self.flags[libraries].split(), "-o", target]
        subprocess.run(command, check=True)
        return target

    def folder(self, mutant):
        folder = os.path.join(self.work, "mutant", mutant)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return folder

    def build(self, mutant, storm=True):
        """The mutant's folder, with recoup in it, and with the storm test."""
        folder = self.folder(mutant)
        core = self.compile(folder, self.apply(mutant, folder))
        self.link(core, self.others, "libraries", os.path.join(folder, "recoup"))
        if storm:
            self.link(core, self.storm, "cmocka", os.path.join(folder, "storm"))
        return folder

    def build_sound(self):
        """The same without a mutant: what the others are compared with."""
        folder = self.folder("sound")
        self.link(self.core, self.others, "libraries", os.path.join(folder, "recoup"))
        self.link(self.core, self.storm, "cmocka", os.path.join(folder, "storm"))
        return folder

    def compiles(self, m):
        folder = self.folder("draw")
        shutil.copytree(os.path.join(self.root, "core"), os.path.join(folder, "core"))
        try:
            self.compile(folder, self.write_mutated(m, folder))
        except DoesNotCompile:
            return False
        return True

    def sweep(self, mutant):
        shutil.rmtree(os.path.join(self.work, "mutant", mutant), ignore_errors=True)


def leading_comments(lines):
    for line in lines:
        if not line.startswith("#"):
            return
        yield line


def brief(before, after):
    """before -> after in one line, without what they share."""
    squeeze = [re.sub(r"\s+", " ", text).strip() for text in (before, after)]
    if squeeze[1] in ("", "{}"):
        return f"without `{squeeze[0]}`"
    if after.count("\n") > 0:
        return f"`{squeeze[1].split(' break;')[0]}` goes nowhere"
    return f"`{squeeze[0]}` -> `{squeeze[1]}`"
