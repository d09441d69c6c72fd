#!/bin/sh
# Installs the servers that tests start by themselves and that no Python package holds.
set -eu

if command -v redis-server > /dev/null && command -v softhsm2-util > /dev/null; then
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo"
fi
# With this run level Debian installs services without starting them.
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
packages="redis-server softhsm2"
install="apt-get install --quiet --quiet --yes --no-install-recommends"
$as_root $install $packages > /dev/null ||
  { $as_root apt-get update --quiet --quiet && $as_root $install $packages > /dev/null; } ||
  { echo "The tests start $packages. Install them, then run make test again." >&2; exit 1; }
