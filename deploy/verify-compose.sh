#!/usr/bin/env bash
# Checks compose.yaml with a real container engine. It builds the image, waits until all containers are healthy, and buys
# with the tokens and keys that the first start has made. A stranger must get nothing, and no container may see the key of
# another. It kills each container's process in turn under load, stops and starts a replica
# and then everything, and audits the books. Then it does much the same with the profile `cluster`.
#
#   deploy/verify-compose.sh             uses the engine at DOCKER_HOST or at the default socket
#   deploy/verify-compose.sh --engine    installs Debian's engine (docker.io, docker-compose) and starts it; needs root
#
# With PYGMY_IMAGES=kept it builds no image, and uses `pygmy` and `pygmy-etcd` of the engine.
# It takes 15 to 25 minutes. It ends with PASS, or with a line that says what failed; then it keeps containers and logs.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

project=pygmy-verify
load_seconds=12
services=(broker catalog-1 catalog-2 order-1 order-2 order-3 frontend-1 frontend-2 bridge)
cluster=(etcd-1 etcd-2 etcd-3 node-1 node-2 node-3)
operator_keys=keys-of-operator
frontends=tcp://frontend-1:7410,tcp://frontend-2:7410
export DOCKER_BUILDKIT=0 COMPOSE_PROJECT_NAME=$project

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() {
  say "FAIL: $*" >&2
  exit 1
}

compose() { if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi; }
containers() { compose ps -q "$@"; }

# Runs a command and shows its output only if it fails. (The log is not in this folder, which is copied into the image.)
quietly() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; fail "$* ($log)"; }
  rm -f "$log"
}

# wait_for SECONDS WHAT COMMAND... repeats the command until it succeeds. WHAT is the sentence for the failure.
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $until ] || fail "not in time: $what"
    sleep 1
  done
}

# Installs and starts Debian's engine. Apart from the packages, all its files are in one directory.
start_engine() {
  say "installing Debian's engine"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io docker-compose iptables mmdebstrap curl >/dev/null
  engine=$(mktemp -d /var/tmp/pygmy-engine-XXXX)
  export DOCKER_HOST=unix://$engine/docker.sock
  PATH=/usr/sbin:/usr/bin:/sbin:/bin
  dockerd --oom-score-adjust 0 --data-root "$engine/data" --exec-root "$engine/exec" --pidfile "$engine/pid" \
    --host "$DOCKER_HOST" --default-address-pool base=10.213.0.0/16,size=24 >"$engine/log" 2>&1 &
  wait_for 60 "the engine (its log: $engine/log)" docker info
  docker pull -q debian:bookworm-slim >/dev/null 2>&1 || make_base
}

# Makes the base image from Debian's packages if no registry can be reached. It copies this machine's certificates and
# its settings of apt.
make_base() {
  say "making debian:bookworm-slim with mmdebstrap"
  local options=(--variant=minbase --include=ca-certificates --aptopt='Apt::Sandbox::User "root"') file
  for file in /usr/local/share/ca-certificates/*.crt; do
    [ -e "$file" ] && options+=("--customize-hook=copy-in $file /usr/local/share/ca-certificates")
  done
  grep -lsE 'Acquire::' /etc/apt/apt.conf.d/* | grep -vE '/(docker|[0-9]+(autoremove|debconf))' >"$engine/apt" || true
  while read -r file; do options+=("--aptopt=$file"); done <"$engine/apt"
  mmdebstrap "${options[@]}" --customize-hook='chroot "$1" update-ca-certificates' bookworm - 2>"$engine/base.log" \
    | docker import - debian:bookworm-slim >/dev/null || { tail -5 "$engine/base.log" >&2; fail "no base image"; }
}

stop_engine() {
  [ -n "${engine:-}" ] || return 0
  kill "$(cat "$engine/pid")" && wait || true
  rm -rf "$engine"
}

clean_up() {
  local code=$?
  if [ $code -eq 0 ]; then
    compose --profile cluster down --volumes --remove-orphans >/dev/null 2>&1 || true
    stop_engine
  else
    say "kept: project $project${engine:+, DOCKER_HOST=$DOCKER_HOST, engine in $engine}"
  fi
}

all_healthy() {
  local id
  for id in $(containers "${services[@]}"); do
    [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ] || return 1
  done
}

# Runs the client in a container of its own, which the script does not kill: first as a stranger, then as the operator.
client() {
  docker run --rm --network "${project}_default" -e PYGMY_FRONTEND=$frontends -e PYGMY_TIMEOUT=10s \
    "$@"
}
stranger() { client pygmy "$@"; }
pygmy() { client -v "${project}_$operator_keys:/keys:ro" -e PYGMY_KEY_FILE=/keys/operator.key pygmy "$@"; }

admin_token() { compose run --rm -T --entrypoint cat operator /keys/tokens/admin.token; }
has_token() { [ -n "$(admin_token)" ]; }
keys_in() { docker exec "$1" sh -c 'cd /keys && echo *.key'; }

packages_of() { docker run --rm --entrypoint cat "$1" /usr/share/doc/pygmy/packages.txt; }

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
live_orders() { pygmy status --json | python3 -c 'import json, sys
print(sum(p["role"] == "order" and p["state"] == "live" and not p["silent"] for p in json.load(sys.stdin)["processes"]))'; }
has_orders() { [ "$(live_orders)" = "$1" ]; }

# Kills a container's process, like a crash. (After `docker kill` the engine would not restart the container.)
kill_under_load() {
  local id=$1 name pid report
  name=$(docker inspect -f '{{.Name}}' "$id")
  pid=$(docker inspect -f '{{.State.Pid}}' "$id")
  report=$(mktemp)
  pygmy bench --op mix --items-of-the-store --yes --clients 4 --inflight 2 --seconds $load_seconds --json >"$report" &
  sleep 3
  kill -9 "$pid"
  wait $! || fail "${name#/} killed: the load ended with an error: $(cat "$report")"
  local ops errors
  ops=$(field ops_s <"$report") errors=$(field errors <"$report")
  [ "$errors" = 0 ] || fail "${name#/} killed: $errors client errors: $(cat "$report")"
  wait_for 120 "all is healthy after ${name#/} was killed" all_healthy
  say "killed ${name#/}: $ops operations a second, no client error, healthy again"
  rm -f "$report"
}

trap clean_up EXIT
[ "${1:-}" = --engine ] && start_engine
docker info >/dev/null 2>&1 || fail "no engine can be reached: set DOCKER_HOST, or let --engine start one"

if [ "${PYGMY_IMAGES:-}" != kept ]; then
  say "building"
  quietly compose --profile cluster build
fi
say "image: $(docker image inspect -f '{{.Size}}' pygmy | numfmt --to=iec), $(packages_of pygmy | wc -l) packages"
[[ $(packages_of pygmy) == *"libzmq5 "* ]] || fail "the image does not list its packages"
[[ $(packages_of pygmy-etcd) == *"etcd-server "* ]] || fail "the image of etcd does not list its packages"
quietly compose up -d --no-build
wait_for 120 "all containers are healthy" all_healthy
wait_for 60 "the bookstore is loaded" pygmy lookup 7
say "healthy"

wait_for 60 "the first start has granted an admin's token" has_token
token=$(admin_token)
port=$(compose port bridge 8080 | sed 's/.*://')
order_over_http() {
  curl -sf -X POST "http://127.0.0.1:$port/v1/orders" -H 'Content-Type: application/json' -H "Idempotency-Key: verify-$$" \
    -d '{"customer":"verify","lines":[{"item":1,"quantity":2}]}' "$@"
}
! order_over_http >/dev/null || fail "an order over HTTP without a token"
over_http=$(order_over_http -H @- <<<"Authorization: Bearer $token" | field no) || fail "no order over HTTP"
in_container=$(compose run --rm -T operator buy 1 --customer verify --json | field no) || fail "no order in a container"
say "bought: order $over_http over HTTP, order $in_container in a container"

why=$(stranger lookup 1 2>&1) && fail "a stranger without a key got in"
[[ $why == *"wants a key"* ]] || fail "a stranger was refused for another reason: $why"
for id in $(containers broker order-3 frontend-2 bridge); do
  seen=$(keys_in "$id") name=$(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$id" | sed -n 's/^PYGMY_INSTANCE=//p')
  case $seen in
    "$name.key" | "$name.key store.key") ;;
    *) fail "$name sees these keys: $seen" ;;
  esac
  ! docker exec "$id" touch /keys/mine 2>/dev/null || fail "$name can write its keys"
done
quietly compose run --rm -T keys add client till-7
quietly compose run --rm -T keys revoke till-7
say "strangers get nothing, and containers see their own keys"

for id in $(containers "${services[@]}"); do kill_under_load "$id"; done

quietly compose stop order-3
wait_for 60 "two order replicas are live" has_orders 2
quietly compose up -d --no-build --no-recreate
wait_for 60 "three order replicas are live" has_orders 3
say "stopped and started order-3"

quietly compose down
quietly compose up -d --no-build
wait_for 120 "all is healthy after down and up" all_healthy
[ "$(admin_token)" = "$token" ] || fail "down and up changed the token"
for order in "$over_http" "$in_container"; do
  pygmy order "$order" >/dev/null || fail "order $order was lost by down and up"
done
pygmy audit || fail "the books are not right"
quietly compose down --volumes

say "the profile cluster"
export COMPOSE_PROFILES=cluster
services=("${cluster[@]}") operator_keys=cluster-keys-of-operator frontends=tcp://node-1:7410,tcp://node-2:7410,tcp://node-3:7410
quietly compose up -d --no-build cluster-bookstore
wait_for 180 "all containers of the cluster are healthy" all_healthy
wait_for 60 "the bookstore is loaded" pygmy lookup 7
[ -z "$(containers broker bridge)" ] || fail "the cluster has started the other store, too"
order=$(pygmy buy 1 --customer verify --json | field no) || fail "no order in the cluster"
why=$(stranger lookup 1 2>&1) && fail "a stranger without a key got into the cluster"
[[ $why == *"wants a key"* ]] || fail "a stranger was refused by the cluster for another reason: $why"
etcd=$(containers etcd-1)
docker exec "$etcd" etcdctl member list >/dev/null || fail "a member does not let its own certificate in"
! docker exec -e ETCDCTL_CERT= -e ETCDCTL_KEY= "$etcd" etcdctl --command-timeout=3s member list >/dev/null 2>&1 ||
  fail "etcd lets somebody in without a certificate"
for id in $(containers "${services[@]}"); do kill_under_load "$id"; done
quietly compose stop "${cluster[@]}"
quietly compose up -d --no-build cluster-bookstore
wait_for 180 "the cluster is healthy after a stop and a start" all_healthy
pygmy order "$order" >/dev/null || fail "order $order of the cluster was lost by a stop and a start"
pygmy audit --brokers tcp://node-1:7400,tcp://node-2:7400,tcp://node-3:7400 || fail "the books of the cluster are not right"
say "PASS"
