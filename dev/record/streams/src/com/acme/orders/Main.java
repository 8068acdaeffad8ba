package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;

/** Runs one topology per case, and records the letter. */
public final class Main {
    private static final String STREAMS = "kafka-streams";
    private static final Header[] NONE = {};

    private final Payments payments = new Payments();
    private final Recorder recorder;
    private final Set<String> wanted;
    /** What the topology threw last. */
    private volatile RuntimeException thrown;

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
        Header[] users = {
            Recorder.header("trace", "4bf92f35"), Recorder.header("trace", "00f067aa"), Recorder.header("tenant", null),
        };
        processing("processing", "a processor that throws, with the user's headers", "order 7", users,
                payments::charge, PaymentDeclinedException.class);
        processing("without-message", "an exception without a message", "order 7", NONE, order -> {
            throw new UnsupportedOperationException();
        }, UnsupportedOperationException.class);
        processing("jdk", "an exception of the JDK", "order 7", NONE, payments::amount,
                ArrayIndexOutOfBoundsException.class);
        processing("odd-message", "a message of many lines that looks like a stack trace", "order 7", NONE,
                payments::audit, IllegalArgumentException.class);
        processing("deep", "three exceptions deep", "order 7", NONE, payments::book, RuntimeException.class);
        processing("tombstone", "no value", null, NONE, payments::charge, PaymentDeclinedException.class);
        deserialization();
        repartitioned();
        production();
    }

    private void processing(String name, String about, String value, Header[] headers,
            java.util.function.Consumer<String> failing, Class<? extends Throwable> told) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = send(name, value, headers);
        var letter = dead(name, place, (topology, input) -> topology
                .stream(input, Consumed.with(Serdes.String(), Serdes.String()))
                .foreach((key, order) -> noting(() -> failing.accept(order))));
        recorder.write(name, about, letter, Truth.of(STREAMS).hop(STREAMS, place, null).failed(thrown, told));
    }

    private void deserialization() throws Exception {
        if (!wanted("deserialization")) {
            return;
        }
        Place place = send("deserialization", "order 7", NONE);
        var letter = dead("deserialization", place, (topology, input) -> topology
                .stream(input, Consumed.with(Serdes.String(), Serdes.Integer())).foreach((key, order) -> {}));
        String failure = SerializationException.class.getName();
        recorder.write("deserialization", "a value that is no number", letter, Truth.of(STREAMS)
                .hop(STREAMS, place, null)
                .failed(failure, failure, "Size of data received by IntegerDeserializer is not 4", null));
    }

    /** The place told is that of the repartition topic: of the origin nothing is known. */
    private void repartitioned() throws Exception {
        if (!wanted("repartitioned")) {
            return;
        }
        Place place = send("repartitioned", "order 7", NONE);
        var letter = dead("repartitioned", place, (topology, input) -> topology
                .stream(input, Consumed.with(Serdes.String(), Serdes.String()))
                .selectKey((key, order) -> "customer-3")
                .repartition(Repartitioned.<String, String>as("by-customer").withNumberOfPartitions(1)
                        .withKeySerde(Serdes.String()).withValueSerde(Serdes.String()))
                .foreach((key, order) -> noting(() -> payments.charge(order))));
        Place inner = new Place(Recorder.named("app-repartitioned") + "-by-customer-repartition", 0, 0, letter.timestamp());
        recorder.write("repartitioned", "failed after a repartition", letter,
                Truth.of(STREAMS).hop(STREAMS, inner, null).failed(thrown, PaymentDeclinedException.class)
                        .warning(inner.topic() + " is a topic that Kafka Streams made for itself:"
                                + " where the message came from is not told"));
    }

    /** What is sent on cannot be serialized. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private void production() throws Exception {
        if (!wanted("production")) {
            return;
        }
        Place place = send("production", "order 7", NONE);
        String output = Recorder.named("shipped");
        recorder.create(output);
        var letter = dead("production", place, (topology, input) -> topology
                .stream(input, Consumed.with(Serdes.String(), Serdes.String()))
                .mapValues(order -> (Object) order.length())
                .to(output, (Produced) Produced.with(Serdes.String(), Serdes.String())));
        recorder.write("production", "what is sent on cannot be serialized", letter, Truth.of(STREAMS)
                .hop(STREAMS, place, null)
                .failed(ClassCastException.class.getName(), ClassCastException.class.getName(), misfit(), null));
    }

    /** What the JVM says where a serializer of texts is given a number. */
    private static String misfit() {
        try {
            return (String) (Object) 7;
        } catch (ClassCastException e) {
            return e.getMessage();
        }
    }

    private void noting(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            thrown = e;
            throw e;
        }
    }

    private Place send(String name, String value, Header... headers) throws Exception {
        String topic = Recorder.named("orders-" + name);
        recorder.create(topic, topic + "-dlq");
        return recorder.send(topic, 2, "order-7", value, headers);
    }

    /** The letter of an application of this topology. */
    private ConsumerRecord<byte[], byte[]> dead(String name, Place place, BiConsumer<StreamsBuilder, String> topology)
            throws Exception {
        StreamsBuilder builder = new StreamsBuilder();
        topology.accept(builder, place.topic());
        Path state = Files.createTempDirectory("streams");
        Properties config = new Properties();
        config.putAll(Map.of(
                "application.id", Recorder.named("app-" + name), "bootstrap.servers", Recorder.KAFKA,
                "state.dir", state.toString(), "commit.interval.ms", 100, "auto.offset.reset", "earliest",
                "errors.dead.letter.queue.topic.name", place.topic() + "-dlq",
                "deserialization.exception.handler", LogAndContinueExceptionHandler.class,
                "processing.exception.handler", LogAndContinueProcessingExceptionHandler.class));
        try (var streams = new KafkaStreams(builder.build(), config)) {
            streams.start();
            return recorder.first(place.topic() + "-dlq");
        }
    }

    private boolean wanted(String name) {
        return wanted.isEmpty() || wanted.contains(name);
    }
}
