# shellcheck shell=bash
# Builds recoup six ways: {zig cc, gcc, clang} x {debug, release}. Sourced by bash scripts that stand in
# the repository root, after build/compile.sh.

six_out=zig-out/determinism
# shellcheck disable=SC2034
six_builds=(zig-debug zig-release gcc-debug gcc-release clang-debug clang-release)

# six_recoup NAME: where that build's recoup is.
six_recoup() {
    echo "$six_out/$1/recoup"
}

# six_build NAME: builds it, unless it is there and nothing has changed since.
six_build() {
    local name=$1 compiler=() sources objects=() source
    local inputs=(core yaml sim reports cmd build/compile.sh build/six.sh)
    if [ -x "$(six_recoup "$name")" ] &&
        [ -z "$(find "${inputs[@]}" -type f -newer "$(six_recoup "$name")" -print -quit)" ]; then
        return
    fi
    case $name in
    zig-*) compiler=("${ZIG:-./zigw}" cc -mcpu=baseline) ;;
    gcc-*) compiler=(gcc) ;;
    clang-*) compiler=(clang) ;;
    esac
    # Without RCP_DEBUG: the twins look and change nothing, and test:sanitize has them look all the time.
    case $name in
    *-debug) compiler+=(-O0 -g) ;;
    *-release) compiler+=(-O2) ;;
    esac
    rm -rf "${six_out:?}/$name"
    mapfile -t sources < <(c_files core yaml sim reports cmd/host cmd/recoup)
    compile_objects "$six_out/$name" "${compiler[@]}" -- "${sources[@]}"
    for source in "${sources[@]}"; do
        objects+=("$six_out/$name/$source.o")
    done
    # shellcheck disable=SC2154 # of build/compile.sh
    "${compiler[@]}" "${objects[@]}" "${library_libs[@]}" -o "$(six_recoup "$name")"
}
