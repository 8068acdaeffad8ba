package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.connect.cli.ConnectStandalone;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.storage.StringConverter;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.kstream.Consumed;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.util.backoff.FixedBackOff;

/** Lets one framework fail on the dead letters of another, and records the last letter. */
public final class Main {
    private static final String SPRING = "spring-dlt";
    private static final String CONNECT = "kafka-connect";
    private static final String STREAMS = "kafka-streams";

    private final Payments payments = new Payments();
    private final Recorder recorder;
    private final Herder herder;
    private final Set<String> wanted;
    /** What was thrown over a message of the topic. */
    private final Map<String, RuntimeException> thrown = new ConcurrentHashMap<>();

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
                "bootstrap.servers", Recorder.KAFKA, "offset.storage.file.filename", offsets.toString(),
                "key.converter", StringConverter.class.getName(), "value.converter", StringConverter.class.getName(),
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
        pipeline(List.of(SPRING, CONNECT), List.of(CONNECT, SPRING));
        pipeline(List.of(CONNECT, SPRING), List.of(CONNECT, SPRING));
        pipeline(List.of(SPRING, CONNECT, SPRING), List.of(CONNECT, SPRING));
        pipeline(List.of(STREAMS, SPRING), List.of(STREAMS, SPRING));
        pipeline(List.of(STREAMS, CONNECT), List.of(STREAMS, CONNECT));
    }

    /** Sends a message through {@code stages}; the letter's dialects are {@code dialects}, the first to decide first. */
    private void pipeline(List<String> stages, List<String> dialects) throws Exception {
        String name = String.join("-", stages.stream().map(stage -> stage.replaceAll("kafka-|-dlt", "")).toList());
        if (!wanted.isEmpty() && !wanted.contains(name)) {
            return;
        }
        String topic = Recorder.named("orders-" + name);
        recorder.create(topic);
        Place place = recorder.send(topic, 2, "order-7", "order 7", Recorder.header("trace", "4bf92f35"));
        Truth truth = Truth.of(dialects.toArray(String[]::new));
        ConsumerRecord<byte[], byte[]> letter = null;
        for (int stage = 0; stage < stages.size(); stage++) {
            String app = Recorder.named(name + "-" + stage);
            truth.hop(stages.get(stage), place, group(stages.get(stage), app));
            letter = fail(stages.get(stage), app, place.topic());
            failed(truth, stages.get(stage), app, place.topic(), stage);
            place = Place.of(letter);
        }
        recorder.write(name, "dead letters of one framework, failed on by the next: " + String.join(", ", stages), letter, truth);
    }

    private void failed(Truth truth, String stage, String app, String topic, int at) {
        boolean connect = stage.equals(CONNECT);
        RuntimeException failure = connect ? (RuntimeException) OrderSink.REPORTED.get(topic) : thrown.get(topic);
        boolean first = connect || at == 0;
        truth.failed(failure, first ? PaymentDeclinedException.class : ArrayIndexOutOfBoundsException.class)
                .stage(connect ? "TASK_PUT" : null, connect ? app : null);
    }

    private static String group(String stage, String app) {
        return switch (stage) {
            case SPRING -> app;
            case CONNECT -> "connect-" + app;
            default -> null;
        };
    }

    private ConsumerRecord<byte[], byte[]> fail(String stage, String app, String topic) throws Exception {
        String dead = topic + (stage.equals(SPRING) ? "-dlt" : "-dlq");
        recorder.create(dead);
        switch (stage) {
            case SPRING -> spring(app, topic);
            case CONNECT -> connect(app, topic, dead);
            default -> streams(app, topic, dead);
        }
        return recorder.first(dead);
    }

    private void charge(String topic, String order) {
        try {
            if (topic.endsWith("-dlq") || topic.endsWith("-dlt")) {
                payments.amount(order);
            }
            payments.charge(order);
        } catch (RuntimeException e) {
            thrown.put(topic, e);
            throw e;
        }
    }

    /** A container without annotations. */
    private void spring(String app, String topic) {
        Map<String, Object> config = Map.of("bootstrap.servers", Recorder.KAFKA, "group.id", app, "auto.offset.reset", "earliest");
        var consumers = new DefaultKafkaConsumerFactory<>(config, new StringDeserializer(), new StringDeserializer());
        var producers = new DefaultKafkaProducerFactory<>(
                Map.<String, Object>of("bootstrap.servers", Recorder.KAFKA), new StringSerializer(), new StringSerializer());
        var properties = new ContainerProperties(topic);
        properties.setMessageListener((MessageListener<String, String>) order -> charge(topic, order.value()));
        var container = new KafkaMessageListenerContainer<>(consumers, properties);
        container.setCommonErrorHandler(new DefaultErrorHandler(
                new DeadLetterPublishingRecoverer(new KafkaTemplate<>(producers)), new FixedBackOff(0, 0)));
        container.start();
    }

    private void connect(String app, String topic, String dead) throws Exception {
        Map<String, String> config = Map.of(
                "name", app, "connector.class", OrderSink.class.getName(), "tasks.max", "1", "topics", topic,
                "errors.tolerance", "all", "errors.deadletterqueue.topic.name", dead,
                "errors.deadletterqueue.topic.replication.factor", "1",
                "errors.deadletterqueue.context.headers.enable", "true");
        var created = new CompletableFuture<Void>();
        herder.putConnectorConfig(app, config, true, (error, result) -> {
            if (error != null) {
                created.completeExceptionally(error);
            }
            created.complete(null);
        });
        created.get();
    }

    private void streams(String app, String topic, String dead) throws Exception {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(topic, Consumed.with(Serdes.String(), Serdes.String())).foreach((key, order) -> charge(topic, order));
        Properties config = new Properties();
        config.putAll(Map.of(
                "application.id", app, "bootstrap.servers", Recorder.KAFKA, "auto.offset.reset", "earliest",
                "state.dir", Files.createTempDirectory("streams").toString(),
                "errors.dead.letter.queue.topic.name", dead,
                "processing.exception.handler", LogAndContinueProcessingExceptionHandler.class));
        new KafkaStreams(builder.build(), config).start();
    }
}
