#!/usr/bin/env bash
# Each thing done twice: over the scenarios of `hardened` and over generated worlds everything settles
# alike; under `documented` it does not.
#
#   tests/twice.sh [SEEDS]     generated worlds (200 unless told); set RECOUP to use another binary
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${1:-200}
recoup=$(realpath "${RECOUP:-zig-out/bin/recoup}")

# Scenarios that expect a violation break a promise by themselves: there is nothing to compare with.
mapfile -t all < <(find scenarios/{resilience,orders,operators,flaws,regressions} -name '*.yaml' | LC_ALL=C sort)
mapfile -t files < <(grep -L -e 'policy: documented' -e '^knobs:' -e 'violation:' "${all[@]}")
echo "scenarios of hardened: ${#files[@]}"
"$recoup" twice "${files[@]}" --points 8 --json zig-out/twice.json --junit zig-out/twice.xml
echo "generated worlds 1..$seeds:"
"$recoup" twice --seeds "1..$seeds" --points 12

# The oracle must be able to say no.
code=0
"$recoup" twice scenarios/documented >/dev/null || code=$?
if [ "$code" != 1 ]; then
    echo "tests/twice.sh: documented worlds were to differ, but recoup twice ended with $code" >&2
    exit 1
fi
echo "documented: not alike, as it must be"
