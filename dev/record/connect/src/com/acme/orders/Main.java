package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.connect.cli.ConnectStandalone;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.storage.StringConverter;
import org.apache.kafka.connect.transforms.ExtractField;

/** Starts a worker, gives it one connector per case, and records the letter. */
public final class Main {
    private static final String CONNECT = "kafka-connect";
    private static final String JSON_PARSE = "com.fasterxml.jackson.core.JsonParseException";
    private static final String UNREADABLE = "Converting byte[] to Kafka Connect data failed due to serialization error: ";
    private static final Header[] NONE = {};

    private final Recorder recorder;
    private final Herder herder;
    private final Set<String> wanted;

    private Main(Recorder recorder, Herder herder, Set<String> wanted) {
        this.recorder = recorder;
        this.herder = herder;
        this.wanted = wanted;
    }

    /** Arguments: framework and version, the folder of the letters, and the cases if not all. */
    public static void main(String[] arguments) throws Exception {
        Set<String> wanted = Set.copyOf(List.of(arguments).subList(2, arguments.length));
        Path offsets = Files.createTempFile("offsets", null);
        var connect = new ConnectStandalone().startConnect(new HashMap<>(Map.of(
                "bootstrap.servers", Recorder.KAFKA,
                "key.converter", StringConverter.class.getName(),
                "value.converter", StringConverter.class.getName(),
                "offset.storage.file.filename", offsets.toString(),
                "consumer.metadata.max.age.ms", "1000",
                "listeners", "http://127.0.0.1:0")));
        try (var recorder = new Recorder(arguments[0], Path.of(arguments[1]))) {
            new Main(recorder, connect.herder(), wanted).all();
        } finally {
            connect.stop();
            Files.delete(offsets);
        }
        System.exit(0);
    }

    private void all() throws Exception {
        Header[] users = {
            Recorder.header("trace", "4bf92f35"), Recorder.header("trace", "00f067aa"), Recorder.header("tenant", null),
        };
        reported("task-put", "nested", "a record that the task reported, with the user's headers", "order 7", users,
                PaymentDeclinedException.class);
        reported("without-message", "without-message", "an exception without a message", "order 7", NONE,
                UnsupportedOperationException.class);
        reported("jdk", "jdk", "an exception of the JDK", "order 7", NONE, ArrayIndexOutOfBoundsException.class);
        reported("odd-message", "odd-message", "a message of many lines that looks like a stack trace", "order 7", NONE,
                IllegalArgumentException.class);
        reported("wrapped", "wrapped", "the application's exception within Connect's", "order 7", NONE,
                PaymentDeclinedException.class);
        reported("tombstone", "nested", "no value", null, NONE, PaymentDeclinedException.class);
        converter("value-converter", "value.converter", "VALUE_CONVERTER", "order-7", "{id=7}");
        converter("key-converter", "key.converter", "KEY_CONVERTER", "order-7", "order 7");
        headerConverter();
        transformation();
        withoutContext();
        twoHops();
    }

    private void reported(
            String name, String fail, String about, String value, Header[] headers, Class<? extends Throwable> thrown)
            throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = send(name, "order-7", value, headers);
        var letter = dead(name, place.topic(), Map.of("fail", fail));
        Truth truth = Truth.of(CONNECT).hop(CONNECT, place, group(name)).stage("TASK_PUT", connector(name));
        recorder.write(name, about, letter, truth.failed(OrderSink.REPORTED.get(place.topic()), thrown));
    }

    private void converter(String name, String side, String stage, String key, String value) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = send(name, key, value, NONE);
        var letter = dead(name, place.topic(), Map.of(side, JsonConverter.class.getName(), side + ".schemas.enable", "false"));
        Truth truth = Truth.of(CONNECT).hop(CONNECT, place, group(name)).stage(stage, connector(name))
                .failed(DataException.class.getName(), JSON_PARSE, UNREADABLE, null);
        recorder.write(name, "a " + side + " that cannot read it", letter, truth);
    }

    private void headerConverter() throws Exception {
        if (!wanted("header-converter")) {
            return;
        }
        Place place = send("header-converter", "order-7", "order 7", Recorder.header("trace", "no json"));
        var letter = dead("header-converter", place.topic(), Map.of(
                "header.converter", JsonConverter.class.getName(), "header.converter.schemas.enable", "false"));
        Truth truth = Truth.of(CONNECT).hop(CONNECT, place, group("header-converter"))
                .stage("HEADER_CONVERTER", connector("header-converter"))
                .failed(DataException.class.getName(), JSON_PARSE, UNREADABLE, null);
        recorder.write("header-converter", "a header that its converter cannot read", letter, truth);
    }

    private void transformation() throws Exception {
        if (!wanted("transformation")) {
            return;
        }
        Place place = send("transformation", "order-7", "order 7", NONE);
        var letter = dead("transformation", place.topic(), Map.of(
                "transforms", "id", "transforms.id.type", ExtractField.Value.class.getName(), "transforms.id.field", "id"));
        Truth truth = Truth.of(CONNECT).hop(CONNECT, place, group("transformation"))
                .stage("TRANSFORMATION", connector("transformation"))
                .failed(DataException.class.getName(), DataException.class.getName(),
                        "Only Struct objects supported for [field extraction], found: java.lang.String",
                        null);
        recorder.write("transformation", "a transformation that fails", letter, truth);
    }

    private void withoutContext() throws Exception {
        if (!wanted("without-context")) {
            return;
        }
        Place place = send("without-context", "order-7", "order 7", Recorder.header("trace", "4bf92f35"));
        var letter = dead("without-context", place.topic(), Map.of("errors.deadletterqueue.context.headers.enable", "false"));
        recorder.write("without-context", "errors.deadletterqueue.context.headers.enable=false", letter, Truth.of());
    }

    private void twoHops() throws Exception {
        if (!wanted("two-hops")) {
            return;
        }
        Place place = send("two-hops", "order-7", "{id=7}", NONE);
        Place dead = Place.of(dead("two-hops", place.topic(), Map.of(
                "value.converter", JsonConverter.class.getName(), "value.converter.schemas.enable", "false")));
        var letter = dead("two-hops-again", dead.topic(), Map.of("fail", "without-message"));
        Truth truth = Truth.of(CONNECT).hop(CONNECT, place, group("two-hops")).hop(CONNECT, dead, group("two-hops-again"))
                .stage("TASK_PUT", connector("two-hops-again"))
                .failed(OrderSink.REPORTED.get(dead.topic()), UnsupportedOperationException.class);
        recorder.write("two-hops", "a connector fails on another's dead letters, without a message", letter, truth);
    }

    private Place send(String name, String key, String value, Header... headers) throws Exception {
        String topic = Recorder.named("orders-" + name);
        recorder.create(topic);
        return recorder.send(topic, 2, key, value, headers);
    }

    /** The letter of a connector that reads {@code topic}. */
    private ConsumerRecord<byte[], byte[]> dead(String name, String topic, Map<String, String> more) throws Exception {
        String dead = topic + "-dlq";
        recorder.create(dead);
        Map<String, String> config = new HashMap<>(Map.of(
                "name", connector(name), "connector.class", OrderSink.class.getName(), "tasks.max", "1",
                "topics", topic, "errors.tolerance", "all", "errors.deadletterqueue.topic.name", dead,
                "errors.deadletterqueue.topic.replication.factor", "1",
                "errors.deadletterqueue.context.headers.enable", "true"));
        config.putAll(more);
        var created = new CompletableFuture<Void>();
        herder.putConnectorConfig(connector(name), config, true, (error, result) -> {
            if (error != null) {
                created.completeExceptionally(error);
            }
            created.complete(null);
        });
        created.get();
        return recorder.first(dead);
    }

    private static String connector(String name) {
        return Recorder.named("sink-" + name);
    }

    private static String group(String name) {
        return "connect-" + connector(name);
    }

    private boolean wanted(String name) {
        return wanted.isEmpty() || wanted.contains(name);
    }
}
