"""What one engine came to with a mutant."""


class Found:
    """{invariant: (runs until it broke, how to see it again)}, and the rest."""

    def __init__(self, runs=0):
        self.runs, self.kills, self.noticed = runs, {}, []

    def kill(self, invariant, runs, how):
        if invariant not in self.kills:
            self.kills[invariant] = (runs, how)

    def notice(self, what):
        if what not in self.noticed:
            self.noticed.append(what)

    def first(self):
        """(runs, invariant, how) of the earliest kill, or None."""
        kills = [(runs, name, how) for name, (runs, how) in self.kills.items()]
        return min(kills) if kills else None
