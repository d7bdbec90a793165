#!/bin/sh
# Gives each node the cookie by which the nodes of a cluster trust each other.
set -eu
for node in /nodes/*; do
  chown rabbitmq:rabbitmq "$node"
  install -o rabbitmq -g rabbitmq -m 0400 /run/secrets/erlang_cookie "$node/.erlang.cookie"
done
