#!/bin/sh
# Installs the servers that tests start by themselves and that no Python package holds.
set -eu

if command -v redis-server > /dev/null; then
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo"
fi
# With this run level Debian installs services without starting them.
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
$as_root apt-get install --quiet --quiet --yes --no-install-recommends redis-server > /dev/null ||
  { $as_root apt-get update --quiet --quiet &&
    $as_root apt-get install --quiet --quiet --yes --no-install-recommends redis-server > /dev/null; } ||
  { echo "The tests start redis-server. Install it, then run make test again." >&2; exit 1; }
