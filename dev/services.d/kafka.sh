# Apache Kafka: one node that is broker and controller, from Maven's jars.

PORT_VARIABLE=DLQ_KAFKA_PORT
DEFAULT_PORT=19092
PORTS=2 # the controller listens behind the broker
STOP_SIGNAL=TERM

install() {
    need java default-jdk-headless
    need mvn maven
    jars kafka
}

configure() {
    properties >"$DIR/server.properties"
    printf '%s\n' -Xms256m -Xmx768m -XX:+ExitOnOutOfMemoryError \
        -cp "\"$DIR/libs/*\"" kafka.Kafka "\"$DIR/server.properties\"" >"$DIR/args"
    [[ -f $DIR/data/meta.properties ]] ||
        java -cp "$DIR/libs/*" kafka.tools.StorageTool format -t ZGxxLXRlc3Qta2Fma2EtMQ -c "$DIR/server.properties" \
            >>"$DIR/log" 2>&1
}

# Kinder than production where a test would only wait: groups form at once, a killed broker's registration
# expires after 2 s instead of 9 s, a dead member's session after 6 s instead of 45 s where the broker rules over it,
# an offset commit does not linger for 5 ms.
properties() {
    local port controller
    port=$(port)
    controller=127.0.0.1:$((port + 1))
    cat <<-END
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@$controller
		listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://$controller
		advertised.listeners=PLAINTEXT://127.0.0.1:$port
		controller.listener.names=CONTROLLER
		log.dirs=$DIR/data
		offsets.topic.replication.factor=1
		offsets.topic.num.partitions=4
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		transaction.state.log.num.partitions=4
		share.coordinator.state.topic.replication.factor=1
		share.coordinator.state.topic.min.isr=1
		group.initial.rebalance.delay.ms=0
		group.coordinator.append.linger.ms=0
		group.consumer.heartbeat.interval.ms=1000
		group.consumer.min.heartbeat.interval.ms=1000
		group.consumer.session.timeout.ms=6000
		group.consumer.min.session.timeout.ms=6000
		broker.session.timeout.ms=2000
		broker.heartbeat.interval.ms=300
	END
}

run() { launch "$DIR" java "@$DIR/args"; }

# A metadata request, version 4, for no topics; the answer must name one broker: length, correlation id and
# throttle time come first, then the number of brokers.
answers() {
    local brokers
    brokers=$(timeout 5 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0"
        printf "\0\0\0\x0f\0\x03\0\x04\0\0\0\x01\xff\xff\0\0\0\0\0" >&3
        head -c 16 <&3 | tail -c 4 | od -An -tx1' "$(port)" 2>/dev/null) && [[ $brokers == " 00 00 00 01" ]]
}

url() { echo "127.0.0.1:$(port)"; }
