# Runs a RabbitMQ of its own, told by its standard input what to do with it, and takes it down when that ends: however
# the test process ends, nothing is left behind.
data=$1
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 &
epmd=$!

start() {
    "$RABBITMQ_SERVER" >>"$data/broker.log" 2>&1 &
    broker=$!
}

slay() {
    kill -9 "$broker"
    wait "$broker"
}

start
while read -r command; do
    case $command in
        start) start ;;
        slay) slay ;;
    esac
done
slay
kill "$epmd"
wait "$epmd"
rm -rf "$data"
