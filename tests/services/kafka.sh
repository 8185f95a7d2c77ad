#!/usr/bin/env bash
# A real Apache Kafka for tests: one broker in KRaft mode on loopback, owned by whoever starts it, its data in
# DIR. Topics are made by whoever wants them; a small heap, and no waiting for a group's other members.
#
#   tests/services/kafka.sh start DIR [tls] [NAME=VALUE...]   prints its port; settings are the broker's
#   tests/services/kafka.sh restart DIR     ends it as kill does; starts it again with its data, same port
#   tests/services/kafka.sh stop DIR        ends it as an operator would
#   tests/services/kafka.sh kill DIR        ends it as a power cut would
#   tests/services/kafka.sh freeze DIR      it keeps its connections and says nothing
#   tests/services/kafka.sh thaw DIR        and goes on
#   tests/services/kafka.sh fetch           only makes sure of the jars
#
# With tls the port speaks TLS and wants SASL/SCRAM-SHA-512 of user `recoup`, password `sesame`; its certificate is
# by an authority made for it, DIR/ca.pem. RCP_KAFKA_PORT picks the port. The jars come from Maven Central (jars.sh);
# Java is Debian's default-jre-headless.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/services/process.sh
. "$here/process.sh"
# shellcheck source=tests/services/jars.sh
. "$here/jars.sh"

version=3.9.1
jars=$jars_home/kafka-$version

usage() {
    sed -n '5,11s/^#   //p' "$0" >&2
    exit 2
}

fetch() { jars_fetch "$here/kafka" "$jars"; }

# java_options: small, and quick to start rather than quick later. Where it counts its performance Java works in
# another folder for a moment, by which it would not be known as ours.
java_options=(-Xms96m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djava.awt.headless=true
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info)

# make_certificates DIR: an authority, another one that has nothing to do with it, and the server's.
make_certificates() {
    local name
    (
        cd "$1"
        for name in ca other; do
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=recoup test $name" \
                -keyout "$name.key" -out "$name.pem"
        done
        openssl req -newkey rsa:2048 -nodes -subj "/CN=kafka" -keyout kafka.key -out kafka.csr
        openssl x509 -req -in kafka.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out kafka.crt
        cat kafka.key kafka.crt >kafka.pem
    ) 2>>"$1/format.log"
}

# tls_settings DIR: behind the plain ones, so that they count.
tls_settings() {
    sed -i "s|^listeners=PLAINTEXT:|listeners=SASL_SSL:|" "$1/server.properties"
    cat >>"$1/server.properties" <<END
listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
required username="recoup" password="sesame";
ssl.keystore.type=PEM
ssl.keystore.location=$1/kafka.pem
ssl.truststore.type=PEM
ssl.truststore.location=$1/ca.pem
END
}

# write_settings DIR PORT NAME=VALUE...
write_settings() {
    local dir=$1 port=$2 controller
    shift 2
    controller=$(free_port)
    cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=300
broker.session.timeout.ms=1500
num.network.threads=2
num.io.threads=2
END
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@" >>"$dir/server.properties"
    fi
}

is_up() {
    grep -q 'Kafka Server started' "$1/server.log"
}

# launch DIR: what stands in its settings.
launch() {
    : >"$1/server.log"
    process_start "$1" java "${java_options[@]}" -cp "$jars/*" kafka.Kafka "$1/server.properties"
    process_wait "$1" 60 is_up "$1"
}

start() {
    local dir=$1 port with_tls=false user=()
    shift
    if [ "${1:-}" = tls ]; then
        shift
        with_tls=true
        user=(--add-scram 'SCRAM-SHA-512=[name=recoup,password=sesame]')
    fi
    mkdir -p "$dir"
    if process_is_ours "$dir"; then
        echo "$0: one is running in $dir" >&2
        exit 1
    fi
    fetch
    if $with_tls; then
        make_certificates "$dir"
    fi
    # Another may take the port between our look and our bind.
    for _ in 1 2 3; do
        port=${RCP_KAFKA_PORT:-$(free_port)}
        write_settings "$dir" "$port" "$@"
        if $with_tls; then
            tls_settings "$dir"
        fi
        if [ ! -e "$dir/data/meta.properties" ]; then
            java "${java_options[@]}" -cp "$jars/*" kafka.tools.StorageTool format \
                --config "$dir/server.properties" --cluster-id RecoupTestsKafkaClustrQ \
                "${user[@]}" >>"$dir/format.log" 2>&1
        fi
        if launch "$dir"; then
            echo "$port"
            return
        fi
        process_end "$dir" KILL 0
    done
    exit 1
}

if [ "${1:-}" = fetch ]; then
    fetch
    exit 0
fi
[ $# -ge 2 ] || usage
verb=$1
dir=$(readlink -m "$2")
shift 2
case $verb in
start) start "$dir" "$@" ;;
*) process_obey "$verb" "$dir" 30 10 launch "$dir" || usage ;;
esac
