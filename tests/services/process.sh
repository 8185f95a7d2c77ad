# shellcheck shell=bash
# One server process that a test owns: its id stands in DIR/pid and its working folder is DIR, so that a
# signal never reaches a process that merely has inherited the number. Sourced by the scripts beside it.

# process_is_ours DIR: the process of DIR/pid is alive, and ours.
process_is_ours() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] &&
        [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f "$1")" ]
}

# process_signal DIR SIGNAL: nothing where it has ended already.
process_signal() {
    if process_is_ours "$1"; then
        kill -s "$2" "$(cat "$1/pid")" 2>/dev/null || true
    fi
}

# process_end DIR SIGNAL SECONDS: signals, then waits until it has ended; KILL after SECONDS.
process_end() {
    local waits
    process_signal "$1" "$2"
    process_signal "$1" CONT
    for ((waits = 0; waits < $3 * 20; waits++)); do
        process_is_ours "$1" || break
        sleep 0.05
    done
    while process_is_ours "$1"; do
        process_signal "$1" KILL
        sleep 0.05
    done
    rm -f "$1/pid"
}

# process_start DIR COMMAND...: in the background, in DIR, away from the caller's pipes and signals.
process_start() {
    local dir=$1
    shift
    (
        cd "$dir" || exit 1
        setsid "$@" </dev/null >>server.log 2>&1 &
        echo $! >pid
    )
}

# process_obey VERB DIR STOP_SECONDS KILL_SECONDS LAUNCH...: the verbs that all servers have. Fails where VERB is none.
process_obey() {
    local verb=$1 dir=$2 stop_seconds=$3 kill_seconds=$4
    shift 4
    case $verb in
    restart)
        process_end "$dir" KILL "$kill_seconds"
        "$@" || exit
        ;;
    stop) process_end "$dir" TERM "$stop_seconds" ;;
    kill) process_end "$dir" KILL "$kill_seconds" ;;
    freeze) process_signal "$dir" STOP ;;
    thaw) process_signal "$dir" CONT ;;
    *) return 1 ;;
    esac
}

# process_wait DIR SECONDS COMMAND...: until the command succeeds. Fails, and shows the end of the log, where
# the process ends before that or time is up.
process_wait() {
    local dir=$1 waits=$(($2 * 20))
    shift 2
    for (( ; waits > 0; waits--)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        process_is_ours "$dir" || break
        sleep 0.05
    done
    echo "$0: the server did not come up; the end of $dir/server.log:" >&2
    tail -n 20 "$dir/server.log" >&2
    return 1
}

# free_port: one on loopback that nobody listens on now, below the range from which the kernel takes the
# ports of outgoing connections.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}
