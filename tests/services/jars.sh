# shellcheck shell=bash
# Jars that Debian does not have: from Maven Central through `mvn` (Debian: maven), kept in
# ${XDG_CACHE_HOME:-~/.cache}/recoup. Sourced by the scripts beside it.

jars_home=${XDG_CACHE_HOME:-$HOME/.cache}/recoup

# jars_are_right WANTED FOLDER: it has the jars of WANTED/jars.sha256, and nothing else.
jars_are_right() {
    [ -d "$2" ] && (cd "$2" && sha256sum -- *.jar) | cmp -s - "$1/jars.sha256"
}

# jars_fetch WANTED FOLDER: what WANTED/pom.xml names, which must be exactly the jars of WANTED/jars.sha256. Whoever
# comes first fetches; the folder appears when it is complete.
jars_fetch() {
    if jars_are_right "$1" "$2"; then
        return
    fi
    if ! command -v mvn >/dev/null; then
        echo "$0: needs mvn (Debian: maven) to fetch jars" >&2
        exit 1
    fi
    mkdir -p "$jars_home"
    (
        flock 9
        if jars_are_right "$1" "$2"; then
            exit 0
        fi
        rm -rf "$2.new"
        mvn --batch-mode --quiet -Dmaven.repo.local="$jars_home/maven" -f "$1/pom.xml" \
            org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$2.new" >&2
        if ! jars_are_right "$1" "$2.new"; then
            echo "$0: $2.new differs from $1/jars.sha256" >&2
            exit 1
        fi
        rm -rf "$2"
        mv "$2.new" "$2"
    ) 9>"$2.lock"
}
