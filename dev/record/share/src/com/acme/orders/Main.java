package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Lets one share group per case refuse a message, and records the letter that the broker writes. */
public final class Main {
    private static final String SHARE = "share-group";

    private final Recorder recorder;
    private final Set<String> wanted;

    private Main(Recorder recorder, Set<String> wanted) {
        this.recorder = recorder;
        this.wanted = wanted;
    }

    /** Arguments: framework and version, the folder of the letters, and the cases if not all. */
    public static void main(String[] arguments) throws Exception {
        Set<String> wanted = Set.copyOf(List.of(arguments).subList(2, arguments.length));
        try (var recorder = new Recorder(arguments[0], Path.of(arguments[1]))) {
            new Main(recorder, wanted).all();
        }
        System.exit(0);
    }

    private void all() throws Exception {
        one("rejected", "rejected by the consumer; the letter only points at its source", "order 7", false, AcknowledgeType.REJECT);
        one("rejected-copied", "rejected by the consumer; key and value are copied", "order 7", true, AcknowledgeType.REJECT);
        one("tombstone-copied", "rejected by the consumer; there is no value to copy", null, true, AcknowledgeType.REJECT);
        one("exhausted", "given back by the consumer at every delivery, five times", "order 7", true, AcknowledgeType.RELEASE);
    }

    private void one(String name, String about, String value, boolean copy, AcknowledgeType answer) throws Exception {
        if (!wanted.isEmpty() && !wanted.contains(name)) {
            return;
        }
        String topic = Recorder.named("orders-" + name);
        String dead = "dlq." + topic;
        String group = Recorder.named("billing-" + name);
        recorder.create(topic, dead);
        configure(group, dead, copy);
        Place place = recorder.send(topic, 2, "order-7", value, Recorder.header("trace", "4bf92f35"));
        int deliveries = refuse(group, topic, answer);
        Truth truth = Truth.of(SHARE).hop(SHARE, place.withoutTimestamp(), group).attempts(deliveries);
        if (!copy) {
            truth.missing();
        }
        var letter = recorder.first(dead);
        var message = letter.headers().lastHeader("__dlq.errors.message");
        recorder.write(name, about, letter, message == null ? truth : truth.message(new String(message.value())));
    }

    private static void configure(String group, String dead, boolean copy) throws Exception {
        try (var admin = Admin.create(Map.of("bootstrap.servers", Recorder.KAFKA))) {
            admin.incrementalAlterConfigs(Map.of(
                    new ConfigResource(ConfigResource.Type.TOPIC, dead), List.of(set("errors.deadletterqueue.group.enable", "true")),
                    new ConfigResource(ConfigResource.Type.GROUP, group), List.of(
                            set("share.auto.offset.reset", "earliest"),
                            set("errors.deadletterqueue.topic.name", dead),
                            set("errors.deadletterqueue.copy.record.enable", Boolean.toString(copy))))).all().get();
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    /** Gives this answer to every delivery until none comes any more; how many there were. */
    private static int refuse(String group, String topic, AcknowledgeType answer) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", Recorder.KAFKA, "group.id", group, "share.acknowledgement.mode", "explicit");
        int deliveries = 0;
        try (var consumer = new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            for (int silent = 0; silent < 10 || deliveries == 0; silent++) {
                for (var order : consumer.poll(Duration.ofMillis(500))) {
                    consumer.acknowledge(order, answer);
                    deliveries++;
                    silent = 0;
                }
                consumer.commitSync();
            }
        }
        return deliveries;
    }
}
