# Apache Cassandra: one node, from Maven's jars.

PORT_VARIABLE=DLQ_CASSANDRA_PORT
DEFAULT_PORT=19042
PORTS=2 # nodes would speak to each other behind the clients' port
STOP_SIGNAL=TERM
SETUP=$ROOT/dlq-testkit/src/server/cassandra

install() {
    need java default-jdk-headless
    need mvn maven
    jars cassandra
}

configure() {
    local port
    port=$(port)
    sed "s|{port}|$port|; s|{storage}|$((port + 1))|; s|{data}|$DIR/data|" "$SETUP/cassandra.yaml" >"$DIR/cassandra.yaml"
    cp "$SETUP/logback.xml" "$DIR/"
    {
        printf '%s\n' -Xms1g -Xmx2g "-Dcassandra.storagedir=\"$DIR/data\"" -Dlogback.configurationFile=logback.xml
        cat "$SETUP/jvm.options"
        printf '%s\n' -cp "\"$DIR:$DIR/libs/*\"" org.apache.cassandra.service.CassandraDaemon
    } >"$DIR/args"
}

run() { launch "$DIR" java "@$DIR/args"; }

# Which options it knows, in version 4 of its protocol; the answer's kind must be SUPPORTED.
answers() {
    local kind
    kind=$(timeout 5 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0"
        printf "\x04\0\0\0\x05\0\0\0\0" >&3
        head -c 5 <&3 | tail -c 1 | od -An -tx1' "$(port)" 2>/dev/null) && [[ $kind == " 06" ]]
}

url() { echo "cassandra://127.0.0.1:$(port)"; }
