# shellcheck shell=bash
# Compiles C where zig does not: lint, sanitizers, other compilers. Sourced by bash scripts that
# stand in the repository root. The flags are those of build.zig; change them in both.

c_flags=(-std=c17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum
    -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Werror -I.)

# pkg-config answers with several words on purpose.
# shellcheck disable=SC2207
library_cflags=($(pkg-config --cflags libfyaml jansson libxml-2.0 liblz4 cmocka | sed "s/-I/-isystem/g"))
# shellcheck disable=SC2034,SC2207
library_libs=($(pkg-config --libs libfyaml jansson libxml-2.0 liblz4) -lpthread)
# shellcheck disable=SC2207
prod_packages=(hiredis libmariadb rdkafka libcurl libmicrohttpd libuv libjwt libcrypto libssl
    libsystemd)
# shellcheck disable=SC2207
prod_cflags=($(pkg-config --cflags-only-I "${prod_packages[@]}" | sed "s/-I/-isystem/g"))
# shellcheck disable=SC2034,SC2207
prod_libs=($(pkg-config --libs "${prod_packages[@]}"))
# shellcheck disable=SC2034,SC2207
cmocka_libs=($(pkg-config --libs cmocka))

jobs=$(nproc)

# Sets flags to those of one source file: they follow from its folder.
flags_of() {
    flags=("${c_flags[@]}")
    case $1 in
    core/*) ;;
    sim/scenario/* | yaml/*) flags+=(-D_GNU_SOURCE "${library_cflags[@]}") ;;
    sim/*) ;;
    prod/* | lab/* | cmd/recoupd/* | cmd/recoup-lab/* | tests/prod/* | tests/integration/*)
        flags+=(-D_GNU_SOURCE "${library_cflags[@]}" "${prod_cflags[@]}")
        ;;
    *) flags+=(-D_GNU_SOURCE "${library_cflags[@]}") ;;
    esac
}

# Prints the C sources of those folders that exist, sorted; other names follow in $pattern.
c_files() {
    local folder
    for folder in "$@"; do
        if [ -d "$folder" ]; then
            find "$folder" -name "${pattern:-*.c}" -type f
        fi
    done | LC_ALL=C sort
}

# compile_objects OUT COMPILER... -- FILES...: each FILE becomes OUT/FILE.o, several at a time.
# Fails when any does not compile.
compile_objects() {
    local out=$1 compiler=() file flags
    shift
    while [ "$1" != -- ]; do
        compiler+=("$1")
        shift
    done
    shift
    for file in "$@"; do
        mkdir -p "$out/$(dirname "$file")"
        flags_of "$file"
        printf '%q ' "${compiler[@]}" "${flags[@]}" -c "$file" -o "$out/$file.o"
        printf '\0'
    done | xargs -0 -r -n 1 -P "$jobs" sh -c
}
