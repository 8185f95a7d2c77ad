#!/usr/bin/env bash
# Builds Oracle's libmysqlclient, which Debian does not have, and prints where pkg-config finds it:
#
#   PKG_CONFIG_PATH=$(build/mysql_client.sh) ./zigw build -Dmysql-client=oracle
#
# The sources are MySQL 9.5's own, as the crate mysqlclient-src carries them: cargo fetches exactly what stands in
# build/mysql-client/Cargo.lock. What is built is kept in ${XDG_CACHE_HOME:-~/.cache}/recoup, and built anew when this
# script or that file changes. CMAKE_BUILD_PARALLEL_LEVEL says how much is compiled at once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
manifest=$here/mysql-client/Cargo.toml

recipe=$(cat "$0" "${manifest%.toml}.lock" | sha256sum | cut -c1-12)
library=${XDG_CACHE_HOME:-$HOME/.cache}/recoup/mysqlclient-9.5.0-$recipe

# Debian's cargo is of 2022: unless it is told of a newer way it fetches the registry's whole index.
fetch() {
    RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_SPARSE_REGISTRY=true CARGO_REGISTRIES_CRATES_IO_PROTOCOL=sparse \
        cargo vendor --quiet --locked --manifest-path "$manifest" "$1"
}

# The server stays out. Shared, since C++ is inside: a program in C links it without knowing.
build() {
    cmake -G Ninja -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$library" \
        -DWITHOUT_SERVER=ON
    cmake --build "$2" --target libmysql mysqlclient
    cmake --install "$2" --component SharedLibraries
    cmake --install "$2" --component Development
}

# Whoever comes first builds; the package file is the last to be installed.
mkdir -p "$(dirname "$library")"
(
    flock 9
    if [ -e "$library/lib/pkgconfig/mysqlclient.pc" ]; then
        exit 0
    fi
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    echo "$0: building Oracle's libmysqlclient, once: some minutes" >&2
    (fetch "$scratch/crates" && build "$scratch/crates/mysqlclient-src/source" "$scratch/build") >"$library.log" 2>&1 || {
        echo "$0: that failed; the end of $library.log:" >&2
        tail -n 30 "$library.log" >&2
        exit 1
    }
) 9>"$library.lock"
echo "$library/lib/pkgconfig"
