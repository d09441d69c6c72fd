#!/bin/sh
# Installs the servers that tests start by themselves and that no Python package holds, or those named.
set -eu

packages="${*:-redis-server softhsm2}"
missing=""
for package in $packages; do
  case $package in
    ceph-common) program=ceph ;;
    softhsm2) program=softhsm2-util ;;
    *) program=$package ;;
  esac
  command -v "$program" > /dev/null || missing="$missing $package"
done
if [ -z "$missing" ]; then
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo"
fi
# With this run level Debian installs services without starting them.
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
install="apt-get install --quiet --quiet --yes --no-install-recommends"
$as_root $install $missing > /dev/null ||
  { $as_root apt-get update --quiet --quiet && $as_root $install $missing > /dev/null; } ||
  { echo "The tests start$missing. Install them, then run make test again." >&2; exit 1; }
