# Runs a RabbitMQ of its own, told by its standard input what to do with it, and takes it down when that ends: however
# the test process ends, nothing is left behind.
data=$1
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 &
epmd=$!
# A broker that finds none starts one that nobody ends.
until epmd -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1; do
    kill -0 "$epmd" || exit 1
    sleep 0.05
done

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
