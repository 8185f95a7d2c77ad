#!/usr/bin/env bash
# Builds recoup six ways and checks that every build leaves the same traces.
#
#   tests/determinism.sh [SEEDS]      ./zigw build test:determinism -- 20000
#
# {zig cc, gcc, clang} x {debug, release}: the suite's digest per scenario, and the digest of SEEDS
# swarm seeds (20,000 unless told). A difference means that chance, time, memory layout or an order
# the language leaves open has found a way past the one door.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh
. build/six.sh

seeds=${1:-20000}
out=$six_out
rm -rf "$out"
mkdir -p "$out"

# digests FILE: every trace_digest of a report, each after the place where it stands.
digests() {
    python3 - "$1" <<'PYTHON'
import json, sys

def walk(place, value):
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(f"{place}[{index}]", item)
    elif isinstance(value, dict):
        if "trace_digest" in value:
            name = value.get("file") or value.get("scenario") or value.get("name") or ""
            yield f"{place} {name} {value['trace_digest']}"
        for key, item in value.items():
            yield from walk(f"{place}.{key}", item)

with open(sys.argv[1], encoding="utf-8") as file:
    found = list(walk("", json.load(file)))
if not found:
    sys.exit(f"determinism: {sys.argv[1]} holds no trace_digest")
print("\n".join(found))
PYTHON
}

# run_recoup NAME: its digests into $out/NAME.digests. A run that fails its checks (1) still has
# traces to compare; the suite step judges it.
run_recoup() {
    local name=$1 code
    for what in "suite run scenarios" "swarm swarm --seeds 1..$seeds"; do
        read -r -a words <<<"$what"
        code=0
        "$(six_recoup "$name")" "${words[@]:1}" --json "$out/$name.${words[0]}.json" \
            >"$out/$name.${words[0]}.log" 2>&1 || code=$?
        if [ "$code" -gt 1 ]; then
            echo "determinism: $name: recoup ${words[*]:1} ended with $code" >&2
            tail -n 20 "$out/$name.${words[0]}.log" >&2
            return 1
        fi
        digests "$out/$name.${words[0]}.json" | sed "s/^/${words[0]} /" || return 1
    done >"$out/$name.digests"
}

failed=0
for name in "${six_builds[@]}"; do
    started=$SECONDS
    six_build "$name"
    if ! run_recoup "$name"; then
        failed=1
        continue
    fi
    lines=$(wc -l <"$out/$name.digests")
    summary=$(sha256sum "$out/$name.digests" | cut -c1-16)
    if cmp -s "$out/${six_builds[0]}.digests" "$out/$name.digests"; then
        verdict=same
    else
        verdict=DIFFERENT
        failed=1
    fi
    printf 'determinism: %-14s %s  %d digests, %d s  %s\n' \
        "$name" "$summary" "$lines" $((SECONDS - started)) "$verdict"
    if [ "$verdict" = DIFFERENT ]; then
        diff "$out/${six_builds[0]}.digests" "$out/$name.digests" | head -n 10 >&2 || true
    fi
done
if [ "$failed" -ne 0 ]; then
    exit 1
fi
echo "determinism: six builds, the suite and $seeds swarm seeds: the same traces"
