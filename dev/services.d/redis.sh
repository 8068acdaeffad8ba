# Redis from the distribution. What it has acknowledged is on the disk: every write is synced before it is answered.

PORT_VARIABLE=DLQ_REDIS_PORT
DEFAULT_PORT=36379
PORTS=1
STOP_SIGNAL=TERM

install() { need redis-server redis-server; }

configure() { mkdir -p "$DIR/data"; }

run() {
    launch "$DIR" redis-server --port "$(port)" --bind 127.0.0.1 --dir "$DIR/data" --daemonize no \
        --appendonly yes --appendfsync always --save "" --maxmemory-policy noeviction
}

answers() { [[ $(redis-cli -h 127.0.0.1 -p "$(port)" ping 2>/dev/null) == PONG ]]; }

url() { echo "redis://127.0.0.1:$(port)"; }
