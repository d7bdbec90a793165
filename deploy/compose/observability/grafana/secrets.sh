#!/bin/sh
# Makes Grafana's admin password, unless there is one. `admin-password` as argument prints it.
set -eu
umask 077
file=/secrets/admin_password

if [ "${1:-}" = admin-password ]; then
  cat "$file"
  exit
fi

if [ -n "${SWITCHBOARD_GRAFANA_PASSWORD:-}" ]; then
  printf %s "$SWITCHBOARD_GRAFANA_PASSWORD" >"$file.new" && mv "$file.new" "$file"
elif [ ! -s "$file" ]; then
  head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$file.new" && mv "$file.new" "$file"
fi
chown -R 472:0 /secrets # the user of the image
