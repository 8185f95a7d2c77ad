#!/usr/bin/env bash
# recoupd on servers of its own, to be looked at: ./zigw build serve
#
# Starts Redis, MariaDB, Kafka, a PG (recoup-lab pg) and recoupd on loopback, reserves two payments, and prints the
# addresses of the pages that pay them. Everything ends with Ctrl-C or with the terminal, and its data with it.
# RCP_SERVE_PORT picks the page's port (8080), RCP_SERVE_SECONDS ends it by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${RCP_SERVE_PORT:-8080}
dir=$(mktemp -d)
children=()

# To its end, also where the terminal closes meanwhile: the servers have left its session, and would stay.
finish() {
    trap - EXIT
    trap '' INT TERM HUP
    local child server
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
    done
    wait "${children[@]}" 2>/dev/null || true
    for server in redis mariadb kafka pg; do
        "tests/services/$server.sh" kill "$dir/$server" >/dev/null 2>&1 || true
    done
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

say() { printf 'serve: %s\n' "$*"; }

# A key of 32 bytes, as hex.
new_key() { openssl rand -hex 32 >"$dir/$1"; }

# login USER: a JWT for an hour, signed with the key that recoupd is told.
login() {
    python3 - "$dir/jwt" "$1" <<'PYTHON'
import base64, hashlib, hmac, json, sys, time
key = open(sys.argv[1]).read().strip().encode()
text = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=")
part = lambda value: text(json.dumps(value).encode())
signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"sub": sys.argv[2], "exp": int(time.time()) + 3600})
print((signed + b"." + text(hmac.new(key, signed, hashlib.sha256).digest())).decode())
PYTHON
}

say "starting Redis, MariaDB and Kafka; the first time fetches Kafka"
redis=$(tests/services/redis.sh start "$dir/redis")
mysql=$(tests/services/mariadb.sh start "$dir/mariadb")
kafka=$(tests/services/kafka.sh start "$dir/kafka")
pg=$(tests/services/pg.sh start "$dir/pg" --callback-url-allowed "http://127.0.0.1:$port")

for key in jwt token record handle; do
    new_key "$key"
done
echo recoup >"$dir/password"
cat >"$dir/recoupd.yaml" <<YAML
state: $dir/state
weak_durability: true # one broker keeps one copy
operators: $dir/ctl
handle_key_file: $dir/handle
token_key_files: [$dir/token]
record_key_files: [$dir/record]
identity: { hs256_files: [$dir/jwt] }
http: { listen: "127.0.0.1:$port" }
redis: { address: "127.0.0.1:$redis" }
mysql: { address: "127.0.0.1:$mysql", user: recoup, password_file: $dir/password, migrate: true }
kafka: { brokers: "127.0.0.1:$kafka", replicas: 1, min_in_sync: 1 }
pg: { url: "http://127.0.0.1:$pg", callback_url: "http://127.0.0.1:$port/api/v1/payments/callback", refunds: true }
YAML

zig-out/bin/recoupd serve --config "$dir/recoupd.yaml" 2>"$dir/recoupd.log" &
recoupd=$!
children+=("$recoupd")
until curl --silent --fail "http://127.0.0.1:$port/readyz" >/dev/null; do
    if ! kill -0 "$recoupd" 2>/dev/null; then
        cat "$dir/recoupd.log" >&2
        exit 1
    fi
    sleep 0.1
done

# Something to pay for: activity 1 has room for 1000, and product 1 costs 1000 won.
tests/services/mariadb.sh sql "$dir/mariadb" recoup -e \
    'INSERT INTO campaign_activity_capacity (campaign_activity_id, capacity) VALUES (1, 1000);
     INSERT INTO products (id, price, stock) VALUES (1, 1000, 1000)'

# reserve USER: a reservation for activity 1, and the address of the page that pays it.
reserve() {
    local token
    token=$(zig-out/bin/recoupd token --config "$dir/recoupd.yaml" --user "$1" --activity 1)
    redis-cli -p "$redis" SET "RESERVATION_TOKEN:$token" '{"userId":'"$1"',"campaignActivityId":1,"productId":1,
        "campaignActivityType":"FIRST_COME_FIRST_SERVE","quantity":1}' EX 3600 >/dev/null
    printf 'http://127.0.0.1:%s/checkout#token=%s&access_token=%s' "$port" "$token" "$(login "$1")"
}

say "recoupd serves; its log is $dir/recoupd.log, its configuration $dir/recoupd.yaml"
say "the page (user 7, activity 1): $(reserve 7)"
say "another (user 8), for while the database is away: $(reserve 8)"
say "the database goes by tests/services/mariadb.sh stop $dir/mariadb, and comes back by restart"
say "an order, by card: curl http://127.0.0.1:$port/api/v1/orders -H 'Content-Type: application/json'" \
    "-H 'Authorization: Bearer $(login 7)'" \
    "-d '{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,\"paidAmount\":1000," \
    "\"cardType\":\"KB\",\"cardNo\":\"1111-2222-3333-4444\"}'"
say "health http://127.0.0.1:$port/readyz, metrics http://127.0.0.1:$port/metrics"
say "operators: zig-out/bin/recoupd ctl --socket $dir/ctl status; Ctrl-C ends everything"
if [ -n "${RCP_SERVE_SECONDS:-}" ]; then
    sleep "$RCP_SERVE_SECONDS"
else
    wait "$recoupd"
fi
