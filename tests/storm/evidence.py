"""What the checker knows of a storm, and all that it knows: the clients' logs, the database's tables, and the PG's
ledger, as they lie in the storm's folder when it is over."""

import json
import os


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_table(path):
    """A list of rows, each {column: text}; NULL is None."""
    with open(path, encoding="latin-1", newline="\n") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [{name: None if cell == "NULL" else cell for name, cell in zip(lines[0], line)} for line in lines[1:]]


class Evidence:
    def __init__(self, folder):
        with open(os.path.join(folder, "setup.json"), encoding="utf-8") as file:
            self.setup = json.load(file)
        self.said = []  # every client's lines
        for name in sorted(os.listdir(os.path.join(folder, "clients"))):
            self.said += read_lines(os.path.join(folder, "clients", name))
        self.tables = {}
        for name in sorted(os.listdir(os.path.join(folder, "tables"))):
            path = os.path.join(folder, "tables", name)
            self.tables[name.removesuffix(".tsv")] = read_table(path) if os.path.getsize(path) > 0 else []
        # Of several lines about one transaction the last counts.
        self.charges = {line["transactionKey"]: line for line in read_lines(os.path.join(folder, "pg.ledger"))}

    def table(self, name):
        return self.tables.get(name, [])
