#!/usr/bin/env bash
# Oracle's MySQL server, which Debian does not have: prints where mysqld is, after fetching it where it is not there
# yet. 8.0.31 for x86-64, out of a jar that others test with; mariadb.sh starts it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/services/jars.sh
. "$here/jars.sh"
home=$jars_home/mysql-8.0.31

# The folder appears when it is complete.
unpack() {
    rm -rf "$home.new"
    mkdir "$home.new"
    python3 -m zipfile -e "$home-jars"/*.jar "$home.new"
    tar -xzf "$home.new/mysql-Linux-amd64.tar.gz" -C "$home.new"
    rm "$home.new"/*.tar.gz
    mv "$home.new" "$home"
}

# Whoever comes first unpacks.
if [ ! -d "$home" ]; then
    jars_fetch "$here/mysql" "$home-jars"
    (
        flock 9
        [ -d "$home" ] || unpack
    ) 9>"$home.lock"
fi
echo "$home/bin/mysqld"
