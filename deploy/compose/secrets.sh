#!/bin/sh
# Makes what only this installation may know: a password for each service at the broker and at the store, the first
# admin key, the key that seals webhook secrets. What exists is kept, so it may run before every start.
#
# Each service finds its own in a volume that no other service mounts. `admin-key` as argument prints that key.
# Where the servers are comes from the environment, when they are not one RabbitMQ and one Redis.
set -eu
umask 077
services="gateway phonebook image-resize notifier"
broker=${SWITCHBOARD_BROKER:-rabbitmq:5672}
store=${SWITCHBOARD_STORE:-redis://}
store_servers=${SWITCHBOARD_STORE_SERVERS:-redis:6379}

if [ "${1:-}" = admin-key ]; then
  cat /secrets/gateway/admin_key
  exit
fi

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# put FILE: what comes in, at once or not at all.
put() { cat >"$1.new" && mv "$1.new" "$1"; }

# secret FILE [VALUE]: the value if there is one, else what is in the file, else something random.
secret() {
  if [ -n "${2:-}" ]; then
    printf %s "$2" | put "$1"
  elif [ ! -s "$1" ]; then
    random | put "$1"
  fi
}

# What a service may do at the broker: make its own queues and any group's, publish, read its own.
permission() {
  cat <<JSON
    {"user": "$1", "vhost": "/",
     "configure": "^sb[.](rq[.]$1[.]|ev[.]|re[.]|bc[.]|broadcast\$)",
     "write": "^(amq[.]default\$|sb[.]bc[.]|sb[.]broadcast\$)",
     "read": "^sb[.](rq[.]$1[.]|ev[.]$1[.]|re[.]|bc[.]|broadcast\$)"}
JSON
}

# What a service may touch in the store. The gateway erases whole tenants, so it may touch everything of Switchboard's.
keys() {
  if [ "$1" = gateway ]; then
    printf '~sb:*'
    return
  fi
  for scope in "$1" uploads jobs dead-letters events runtime; do
    printf '~sb:{s???}:i:%s:* ~sb:{s???}:k:%s:* ~sb:{s???}:x:%s:* ~sb:{s???}:due:%s ' "$scope" "$scope" "$scope" "$scope"
  done
  for rest in seq out cur armed 'log:*' 'lease:*' 'bucket:*'; do
    printf '~sb:{s???}:%s ' "$rest"
  done
}

# Everything that is harmless, and what the store looks at when it makes sure that the server forgets nothing.
commands='-@all +@read +@write +@scripting +@connection +@pubsub -@dangerous +time +info +config|get +acl|dryrun +cluster|slots'

for service in $services; do
  folder=/secrets/$service
  secret "$folder/broker_password"
  secret "$folder/store_password"
  printf 'amqp://%s:%s@%s' "$service" "$(cat "$folder/broker_password")" "$broker" | put "$folder/bus_url"
  printf '%s%s:%s@%s' "$store" "$service" "$(cat "$folder/store_password")" "$store_servers" | put "$folder/store_url"
done
secret /secrets/gateway/admin_key "${SWITCHBOARD_ADMIN_KEY:-}"
secret /secrets/notifier/secrets_key "${SWITCHBOARD_SECRETS_KEY:-}"
put /secrets/gateway/secrets_key </secrets/notifier/secrets_key
# Only clusters use these.
secret /secrets/rabbitmq/erlang_cookie
secret /secrets/redis/replication_password
secret /secrets/redis/cluster_password
chmod 0400 /secrets/rabbitmq/erlang_cookie /secrets/redis/*_password
for service in $services; do
  chown -R 65532:65532 "/secrets/$service" # the user of the images
done

{
  echo '{"vhosts": [{"name": "/"}], "users": ['
  comma=
  for service in $services; do
    echo "    $comma{\"name\": \"$service\", \"password\": \"$(cat "/secrets/$service/broker_password")\", \"tags\": []}"
    comma=,
  done
  echo '  ], "permissions": ['
  comma=
  for service in $services; do
    echo "$comma$(permission "$service")"
    comma=,
  done
  echo ']}'
} | put /secrets/rabbitmq/definitions.json

{
  # Nobody can log in as this one, but Redis reads its own files with its rights: without them it drops, with a line in
  # its log, every transaction that it finds there when it starts.
  echo 'user default off ~* &* +@all'
  echo 'user health on nopass -@all +ping'
  echo "user replication on >$(cat /secrets/redis/replication_password) -@all +psync +replconf +ping"
  echo "user cluster on >$(cat /secrets/redis/cluster_password) -@all +cluster +info"
  for service in $services; do
    echo "user $service on >$(cat "/secrets/$service/store_password") &sb:hints $(keys "$service") $commands"
  done
} | put /secrets/redis/users.acl
printf 'masteruser replication\nmasterauth %s\n' "$(cat /secrets/redis/replication_password)" | put /secrets/redis/replication.conf

# The servers have users of their own, whose numbers their images choose; nobody else mounts these volumes.
chmod 0444 /secrets/rabbitmq/definitions.json /secrets/redis/users.acl /secrets/redis/replication.conf
chmod 0755 /secrets/rabbitmq /secrets/redis
