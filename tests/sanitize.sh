#!/usr/bin/env bash
# Runs the unit tests and the suite under AddressSanitizer, UBSan and LeakSanitizer.
#
#   tests/sanitize.sh      ./zigw build test:sanitize
#
# Zig ships no AddressSanitizer, so this compiles with gcc; SANITIZE_CC=clang works where clang's
# own runtime is installed. The first finding ends the program that made it.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh

# Sanitized code confuses gcc about what is initialized; the plain builds still warn.
compiler=("${SANITIZE_CC:-gcc}" -O1 -g -fno-omit-frame-pointer -DRCP_DEBUG -Wno-maybe-uninitialized
    -fsanitize=address,undefined -fno-sanitize-recover=all)
out=zig-out/sanitize
rm -rf "$out"
mkdir -p "$out/bin"

mapfile -t library < <(c_files core yaml sim reports cmd/host)
mapfile -t recoup < <(c_files cmd/recoup)
mapfile -t support < <(c_files tests/support tests/models fuzz/support)
# test_swarm_coverage counts what many seeds draw: two minutes of a core, sanitized, for code that others run too.
mapfile -t tests < <(pattern='test_*.c' c_files tests/unit | grep -v test_swarm_coverage)
compile_objects "$out" "${compiler[@]}" -- \
    "${library[@]}" "${recoup[@]}" "${support[@]}" "${tests[@]}"

# An archive, so that each program takes only what it uses.
objects_of() {
    local file
    objects=()
    for file in "$@"; do
        objects+=("$out/$file.o")
    done
}
objects_of "${library[@]}"
ar rcs "$out/libhouse.a" "${objects[@]}"

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1

# run_test TEST: links it, runs it, and says what it said in one piece.
run_test() {
    local name said code=0
    name=$(basename "$1" .c)
    objects_of "$1" "${support[@]}"
    "${compiler[@]}" "${objects[@]}" "$out/libhouse.a" "${library_libs[@]}" "${cmocka_libs[@]}" \
        -o "$out/bin/$name" || return 1
    said=$("$out/bin/$name" 2>&1) || code=$?
    printf 'test:sanitize: %s\n%s\n' "$1" "$said"
    return "$code"
}

# As many at a time as there are cores; the first that fails ends the run.
running=0
for test in "${tests[@]}"; do
    if [ "$running" -ge "$jobs" ]; then
        wait -n
        running=$((running - 1))
    fi
    run_test "$test" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do
    wait -n
done

if [ ${#recoup[@]} -gt 0 ]; then
    objects_of "${recoup[@]}"
    "${compiler[@]}" "${objects[@]}" "$out/libhouse.a" "${library_libs[@]}" -o "$out/bin/recoup"
    echo "test:sanitize: the suite"
    "$out/bin/recoup" run scenarios --json "$out/suite.json"
fi
echo "test:sanitize: ${#tests[@]} unit test programs and the suite are clean"
