package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import jakarta.enterprise.inject.se.SeContainerInitializer;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Lets each consumer fail once, and records the letter. */
public final class Main {
    private static final String SMALLRYE = "smallrye";
    private static final String[] CHANNELS = {
        "thrown", "nack", "uni", "without-message", "with-headers", "tombstone", "delayed-retry", "deserialization",
    };

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
            for (String channel : CHANNELS) {
                channel(channel, topic(channel));
                recorder.create(topic(channel), topic(channel) + "-dlq", topic(channel) + "-dlq-dlq");
            }
            channel("nack-again", topic("nack") + "-dlq");
            recorder.create(topic("delayed-retry") + "-retry_200", topic("delayed-retry") + "-retry_400");
            set("delayed-retry", Map.of("failure-strategy", "delayed-retry-topic",
                    "delayed-retry-topic.topics", topic("delayed-retry") + "-retry_200," + topic("delayed-retry") + "-retry_400",
                    "delayed-retry-topic.max-retries", "2"));
            set("deserialization", Map.of("value.deserializer", IntegerDeserializer.class.getName(),
                    "fail-on-deserialization-failure", "false"));
            try (var container = SeContainerInitializer.newInstance().initialize()) {
                new Main(recorder, wanted).all();
            }
        }
        System.exit(0);
    }

    private static void channel(String name, String topic) {
        set(name, Map.of("connector", "smallrye-kafka", "topic", topic, "bootstrap.servers", Recorder.KAFKA,
                "group.id", Recorder.named(name), "auto.offset.reset", "earliest",
                "key.deserializer", StringDeserializer.class.getName(),
                "value.deserializer", StringDeserializer.class.getName(),
                "failure-strategy", "dead-letter-queue", "dead-letter-queue.topic", topic + "-dlq"));
    }

    private static void set(String channel, Map<String, String> config) {
        config.forEach((name, value) -> System.setProperty("mp.messaging.incoming." + channel + "." + name, value));
    }

    private void all() throws Exception {
        Header[] users = {
            Recorder.header("trace", "4bf92f35"), Recorder.header("trace", "00f067aa"), Recorder.header("tenant", null),
        };
        one("thrown", "a method that throws", "order 7",
                InvocationTargetException.class.getName(),
                "SRMSG00103: Exception thrown when calling the method com.acme.orders.OrderConsumer#thrown");
        one("nack", "a nack, with the user's headers", "order 7", PaymentDeclinedException.class.getName(), refused("order 7"), users);
        again();
        one("uni", "a Uni that fails", "order 7", PaymentDeclinedException.class.getName(), refused("order 7"));
        one("without-message", "an exception without a message", "order 7", UnsupportedOperationException.class.getName(), null);
        one("with-headers", "a nack with a key and headers of its own", "order 7", PaymentDeclinedException.class.getName(), refused("order 7"));
        one("tombstone", "no value", null, PaymentDeclinedException.class.getName(), refused("null"));
        one("deserialization", "a value that is no number", "order 7", RecordDeserializationException.class.getName(),
                "Size of data received by IntegerDeserializer is not 4");
        delayedRetry();
    }

    private static String refused(String order) {
        return "card 4111-1111 of " + order + " refused";
    }

    private void one(String name, String about, String value, String told, String message, Header... headers)
            throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = recorder.send(topic(name), 2, "order-7", value, headers);
        recorder.write(name, about, recorder.first(place.topic() + "-dlq"), Truth.of(SMALLRYE)
                .hop(SMALLRYE, place.withoutTimestamp(), null).failed(told, null, message, null));
    }

    private void again() throws Exception {
        if (!wanted("nack")) {
            return;
        }
        ConsumerRecord<byte[], byte[]> dead = recorder.first(topic("nack") + "-dlq");
        Place place = Place.of(recorder.first(topic("nack")));
        recorder.write("two-hops", "failed again in the dead-letter topic", recorder.first(dead.topic() + "-dlq"),
                Truth.of(SMALLRYE).hop(SMALLRYE, place.withoutTimestamp(), null)
                        .hop(SMALLRYE, Place.of(dead).withoutTimestamp(), null)
                        .failed(IllegalStateException.class.getName(), null, "still refused", null));
    }

    private void delayedRetry() throws Exception {
        if (!wanted("delayed-retry")) {
            return;
        }
        Place place = recorder.send(topic("delayed-retry"), 2, "order-7", "order 7");
        var letter = recorder.first(place.topic() + "-dlq");
        Place one = Place.of(recorder.first(place.topic() + "-retry_200")).withoutTimestamp();
        Place two = Place.of(recorder.first(place.topic() + "-retry_400")).withoutTimestamp();
        recorder.write("delayed-retry", "dead after two delayed retries", letter, Truth.of(SMALLRYE)
                .hop(SMALLRYE, place, null).hop(SMALLRYE, one, null).hop(SMALLRYE, two, null).attempts(3)
                .failed(PaymentDeclinedException.class.getName(), null, refused("order 7"), null));
    }

    private static String topic(String channel) {
        return Recorder.named("orders-" + channel);
    }

    private boolean wanted(String name) {
        return wanted.isEmpty() || wanted.contains(name);
    }
}
