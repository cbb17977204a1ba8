#!/bin/bash
# node.sh ROLE NAME ADDRESS, the first program in a container of a cluster; ROLE is control or worker.
# It ends, and with it the container, when one of its daemons ends.
#   /etc/cluster/pki   certificates       /var/lib/node      data, configuration and logs of this node
#   /opt/node          this folder        /var/lib/storage   volumes, shared by all nodes of the cluster
#   /opt/store         a containerd root with the initial images of each worker
set -eu
ROLE=$1 NAME=$2 ADDRESS=$3
HERE=/opt/node PKI=/etc/cluster/pki DATA=/var/lib/node

start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >>"$DATA/$name.log" 2>&1 </dev/null &
  echo "$! $name" >>/run/daemons
}

until_ok() {
  local turn
  for turn in {1..300}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "timed out: $*" >&2
  return 1
}

# The interface is created from outside; its alias says that it is complete.
await_network() { until_ok grep -q . /sys/class/net/eth0/ifalias; }

ended() {
  local pid name
  while read -r pid name; do
    kill -0 "$pid" 2>/dev/null || echo "$name ended: $(tail -n 3 "$DATA/$name.log")" >&2
  done </run/daemons
  exit 1
}

. "$HERE/$ROLE.sh"
wait -n || true
ended
