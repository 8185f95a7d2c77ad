#!/usr/bin/env python3
"""The dictionaries of the targets that read text: every key and word of scenarios/schema.json.

    fuzz/dictionary.py --write    writes fuzz/scenario.dict and fuzz/payload.dict
    fuzz/dictionary.py --check    says whether they are what would be written; ./zigw build test:corpus
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
# What the format is made of besides words.
MARKS = [": ", "- ", "[", "]", "{ ", " }", ", ", "\n", "\n  - ", "# why\n", "..", "1..2", "1/2", "1", "true", "1s", "1h30m",
         "500ms", "&a ", "*a", "|\n ", "'", "\\\""]
OPTIONS = ["1..", "..", "/", "ms", "min", "18446744073709551615", "=", "hardened", "documented"]


def words(schema, keys, values):
    """Collects keys of mappings and words that a value may be, from anywhere in the schema."""
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            keys.add(key)
            words(value, keys, values)
        values.update(word for word in schema.get("enum", []) if isinstance(word, str))
        for key, value in schema.items():
            if key not in ("properties", "enum"):
                words(value, keys, values)
    elif isinstance(schema, list):
        for value in schema:
            words(value, keys, values)


def dictionary(title, tokens):
    quoted = ['"%s"' % token.replace("\n", "\\x0a") for token in tokens]
    return "\n".join(["# %s Written by fuzz/dictionary.py from scenarios/schema.json." % title] + quoted) + "\n"


def main():
    schema = json.loads((HERE.parent / "scenarios" / "schema.json").read_text())
    keys, values = set(), set()
    words(schema, keys, values)
    text = sorted(key + ": " for key in keys) + sorted(values)
    files = {
        "scenario.dict": dictionary("Keys and words of a scenario.", MARKS + text),
        "payload.dict": dictionary("Keys and words of a tape, and of the options.", MARKS + OPTIONS + text),
    }
    if sys.argv[1:] == ["--write"]:
        for name, content in files.items():
            (HERE / name).write_text(content)
        return 0
    if sys.argv[1:] != ["--check"]:
        print(__doc__, file=sys.stderr)
        return 2
    stale = [name for name, content in files.items() if (HERE / name).read_text() != content]
    for name in stale:
        print("fuzz/%s is not what the schema says: fuzz/dictionary.py --write" % name, file=sys.stderr)
    return 1 if stale else 0


sys.exit(main())
