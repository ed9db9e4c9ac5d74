#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole system on this machine, load generator beside it: start-up, memory, REST, gRPC, a rush.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
supervisor=
finish() {
    [ -z "$supervisor" ] || { kill "$supervisor" 2>/dev/null || true; wait "$supervisor" 2>/dev/null || true; }
    rm -rf "$folder"
}
trap finish EXIT INT TERM

port=18080 grpc=15051 metrics=19101
build/cli/myeventsctl up --port $port --grpc-port $grpc --metrics-port $metrics --data "$folder/data" \
    >"$folder/log" 2>&1 &
supervisor=$!
until grep -q 'MyEvents is up' "$folder/log"; do
    kill -0 $supervisor || { cat "$folder/log"; exit 1; }
    sleep 0.1
done

pid_of() { sed -n "s/.*process is ready.* name=$1 pid=\([0-9]*\).*/\1/p" "$folder/log" | tail -n 1; }
event=$(pid_of event-service) booking=$(pid_of booking-service) gateway=$(pid_of gateway) redis=$(pid_of redis)
processes="event-service=$event booking-service=$booking gateway=$gateway redis=$redis"

printf '\n== system: start-up (ready as seen by the supervisor) and idle memory\n'
for name in redis event-service booking-service gateway; do
    after=$(sed -n "s/.*process is ready.* name=$name .*after_ms=\([0-9]*\).*/\1/p" "$folder/log" | tail -n 1)
    resident=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$(pid_of $name)/status")
    printf '  %-16s ready after %4s ms, %5s kB resident\n' "$name" "$after" "$resident"
done

# The biggest of the demo events: 17,500 seats.
id=$(curl -s "http://127.0.0.1:$port/v1/events?page_size=1&order_by=seats_available%20desc" | sed 's/.*"events":\[{"id":"\([^"]*\)".*/\1/')
user=$(curl -s -X POST "http://127.0.0.1:$port/v1/users" -H 'Content-Type: application/json' \
    -d '{"firstName":"Ada","lastName":"Bench","email":"ada@example.com"}' | sed 's/.*"id":"\([^"]*\)".*/\1/')

printf '\n== system: REST through the gateway, 32 connections\n'
# shellcheck disable=SC2086
build/bench/load_rest 127.0.0.1:$port GET "/v1/events/$id" '' 32 100000 $processes
# shellcheck disable=SC2086
build/bench/load_rest 127.0.0.1:$port GET '/v1/events?page_size=20' '' 32 20000 $processes
# shellcheck disable=SC2086
build/bench/load_rest 127.0.0.1:$port POST "/v1/events/$id/bookings" \
    "{\"userId\":\"$user\",\"seats\":1,\"requestId\":\"bench-%d\"}" 32 17500 $processes

printf '\n== system: gRPC\n'
for in_flight in 1 32; do
    # shellcheck disable=SC2086
    build/bench/load_grpc 127.0.0.1:$grpc "$id" $in_flight 50000 $processes
done

for concurrency in 64 256 1024; do
    printf '\n== system: a rush on one event, %s in flight\n' $concurrency
    build/cli/myeventsctl loadgen --event-service 127.0.0.1:$grpc --booking-service "127.0.0.1:$((grpc + 1))" \
        --buyers 100000 --capacity 80000 --concurrency $concurrency
done
