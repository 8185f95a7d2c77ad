#!/usr/bin/env python3
"""Writes files into C, so that a binary carries them: build/embed.py OUT.c SYMBOL FILE...

OUT.c then defines SYMBOL, a table of struct rcp_embedded (prod/embedded.h) in the order of the files given,
and SYMBOL_count. The same files give the same OUT.c.
"""
import hashlib
import os
import sys

PER_LINE = 24  # bytes


def as_array(name, content):
    lines = [f"static const unsigned char {name}[] = {{"]
    ended = content + b"\0"
    for at in range(0, len(ended), PER_LINE):
        lines.append("    " + " ".join(f"{byte}," for byte in ended[at : at + PER_LINE]))
    lines.append("};")
    return "\n".join(lines)


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: build/embed.py OUT.c SYMBOL FILE...")
    out, symbol, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    arrays, rows = [], []
    for number, path in enumerate(paths):
        with open(path, "rb") as file:
            content = file.read()
        arrays.append(as_array(f"bytes_{number}", content))
        digest = hashlib.sha256(content).hexdigest()[:32]
        name = os.path.basename(path)
        rows.append(f'    {{"{name}", (const char *)bytes_{number}, {len(content)}u, "{digest}"}},')
    text = "\n\n".join(
        [
            f"/* Written by build/embed.py: {symbol}. */",
            '#include "prod/embedded.h"',
            f"extern const struct rcp_embedded {symbol}[];\nextern const size_t {symbol}_count;",
            *arrays,
            f"const struct rcp_embedded {symbol}[] = {{\n" + "\n".join(rows) + "\n};",
            f"const size_t {symbol}_count = {len(paths)}u;",
        ]
    )
    with open(out, "w", encoding="utf-8") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
