#!/usr/bin/env bash
# Planted bugs: is each still found? Says what the mutants are good for in docs/results/mutants.md.
#
#   tests/mutants.sh test               replays what killed each mutant, and searches a tenth anew
#   tests/mutants.sh matrix [NAME...]   searches all, or these, with every engine; --engine=E: one
#   tests/mutants.sh matrix --write     and writes docs/results/mutants.{md,tsv}, kills.tsv, tapes/
#   tests/mutants.sh draw               draws the mechanical ones anew
#
# The house is compiled once with gcc into zig-out/mutants; a mutant is one object and a link.
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/build.sh

out=zig-out/mutants
mkdir -p "$out"
mapfile -t sources < <(c_files core yaml sim reports cmd/host cmd/recoup)
sources+=(tests/support/runs.c tests/support/storm{,_order}.c tests/unit/test_storm.c)
rm -rf "$out/objects"
compile_objects "$out/objects" gcc -O2 -- "${sources[@]}"
# As in Debug, rcp_node_check() looks after every step; the twins, which judge the checkers, do not.
compile_objects "$out/objects" gcc -O2 -DRCP_DEBUG -- sim/model/process.c

flags_of core/node.c
cat >"$out/flags" <<FLAGS
core=${flags[*]}
libraries=${library_libs[*]}
cmocka=${library_libs[*]} ${cmocka_libs[*]}
afl=${fuzz_compiler[*]}
afl_link=${fuzz_link[*]}
FLAGS
exec python3 -B tests/mutants/main.py "$out" "$@"
