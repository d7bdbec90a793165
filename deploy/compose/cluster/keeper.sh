#!/bin/sh
# Keeps six servers one cluster of three primaries with a replica each. It looks every few seconds and does what is
# missing: all of it at the first start, introductions when addresses have changed, a role for a server with a new disk.
# Slots and roles that are there stay, also those that a failover has changed.
#
# /tmp/whole is there as long as nothing is missing.
set -u
primaries="redis redis-2 redis-3"
replicas="redis-4 redis-5 redis-6"
REDISCLI_AUTH=$(cat /run/secrets/cluster_password)
export REDISCLI_AUTH

# ask SERVER COMMAND…
ask() {
  server=$1
  shift
  redis-cli -e -t 3 -h "$server" --user cluster --no-auth-warning "$@" 2>/dev/null
}

# What a server says of itself: its id, …, its flags in the third field, its slots from the ninth on.
itself() { ask "$1" cluster nodes | grep myself; }
id() { itself "$1" | cut -d ' ' -f 1; }
is_primary() { itself "$1" | grep -q master; }
has_slots() { [ -n "$(itself "$1" | cut -s -d ' ' -f 9-)" ]; }

knows_all() {
  [ "$(ask "$1" cluster nodes | awk '$3 !~ /handshake|noaddr|fail/ && $8 == "connected"' | wc -l)" = 6 ]
}

is_in_place() {
  knows_all "$1" \
    && ask "$1" cluster info | grep -q cluster_state:ok \
    && ask "$1" info replication | grep -q -e master_link_status:up -e connected_slaves:1
}

# every TEST: of all servers.
every() {
  for each in $primaries $replicas; do
    "$1" "$each" || return
  done
}

# Servers do not look names up. Of those that they know they learn the new address.
introduce() {
  for one in $primaries $replicas; do
    for other in $primaries $replicas; do
      address=$(getent hosts "$other" | cut -d ' ' -f 1)
      [ -z "$address" ] || ask "$one" cluster meet "$address" 6379
    done
  done >/dev/null
}

# share SERVER FIRST LAST: unless somebody has them.
share() {
  ask "$1" cluster info | grep -q cluster_slots_assigned:16384 || has_slots "$1" || ask "$1" cluster addslotsrange "$2" "$3" >/dev/null
}

# follow SERVER PRIMARY: unless it follows one.
follow() {
  ! is_primary "$1" || ask "$1" cluster replicate "$(id "$2")" >/dev/null
}

# Whichever of the two has no slots copies the other.
pair() {
  if has_slots "$1"; then follow "$2" "$1"; elif has_slots "$2"; then follow "$1" "$2"; fi
}

mend() {
  every knows_all || introduce
  # With a server away nobody's slots are given to another: that is what a failover is for.
  every knows_all || return
  share redis 0 5460
  share redis-2 5461 10922
  share redis-3 10923 16383
  pair redis redis-4
  pair redis-2 redis-5
  pair redis-3 redis-6
}

while true; do
  if every is_in_place; then
    [ -e /tmp/whole ] || echo "the cluster is whole"
    touch /tmp/whole
  else
    [ ! -e /tmp/whole ] || echo "the cluster is not whole"
    rm -f /tmp/whole
    mend
  fi
  sleep 2
done
