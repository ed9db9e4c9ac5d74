#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every benchmark, or the one named. The machine is part of each number: compare within one run.
set -eu
cd "$(dirname "$0")/.."

programs='metric_bench store_bench booking_lane bus_bench mesh_echo trace_bench http_bench transcode_bench gateway_bench'

for name; do
    case " $programs system " in
    *" $name "*) ;;
    *) printf 'bench: "%s" is none; there are: %s system\n' "$name" "$programs" >&2; exit 2 ;;
    esac
done

printf 'machine: %s cores, %s, Linux %s\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(uname -r)"
for program in $programs; do
    case " ${*:-$program} " in *" $program "*) ;; *) continue ;; esac
    printf '\n== %s\n' "$program"
    [ "$program" != mesh_echo ] || bench/peers/build
    "build/bench/$program"
done
case " ${*:-system} " in *' system '*) sh bench/system.sh ;; esac
