#!/usr/bin/env bash
# Installs the peers from Debian, builds the loads, and compares Pygmy with the peers; see bench/peers/compare.py.
exec "$(dirname "$(readlink -f "$0")")/../../dev" bench --peers "$@"
