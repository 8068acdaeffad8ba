package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.springframework.boot.SpringApplication;

/** Lets each function fail once, and records the letter. */
public final class Main {
    private static final String STREAM = "spring-cloud-stream";
    private static final String[] FUNCTIONS = {
        "nested", "deep", "jdk", "oddMessage", "withoutMessage", "tries",
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
        Map<String, Object> config = new HashMap<>(Map.of(
                "spring.main.banner-mode", "off",
                "logging.level.root", System.getenv().getOrDefault("LOG", "off"),
                "spring.cloud.stream.kafka.binder.brokers", Recorder.KAFKA,
                "spring.cloud.function.definition", String.join(";", FUNCTIONS) + ";again"));
        try (var recorder = new Recorder(arguments[0], Path.of(arguments[1]))) {
            for (String function : FUNCTIONS) {
                recorder.create(topic(function), error(topic(function), function));
                bind(config, function, topic(function));
            }
            String dead = error(topic("nested"), "nested");
            recorder.create(error(dead, "again"));
            bind(config, "again", dead);
            config.put("spring.cloud.stream.bindings.tries-in-0.consumer.max-attempts", 3);
            var application = new SpringApplication(App.class);
            application.setDefaultProperties(config);
            try (var context = application.run()) {
                new Main(recorder, wanted).all();
            }
        }
        System.exit(0);
    }

    private static void bind(Map<String, Object> config, String function, String topic) {
        String binding = "spring.cloud.stream.bindings." + function + "-in-0.";
        config.put(binding + "destination", topic);
        config.put(binding + "group", group(function));
        config.put(binding + "consumer.max-attempts", 1);
        String kafka = "spring.cloud.stream.kafka.bindings." + function + "-in-0.consumer.";
        config.put(kafka + "enable-dlq", true);
        config.put(kafka + "start-offset", "earliest");
    }

    private void all() throws Exception {
        Header[] users = {
            Recorder.header("trace", "4bf92f35"), Recorder.header("trace", "00f067aa"), Recorder.header("tenant", null),
        };
        one("nested", "a function that throws, with a nested cause and the user's headers", PaymentDeclinedException.class, users);
        again();
        one("deep", "three exceptions deep", RuntimeException.class);
        one("jdk", "an exception of the JDK", ArrayIndexOutOfBoundsException.class);
        one("oddMessage", "a message of many lines that looks like a stack trace", IllegalArgumentException.class);
        one("withoutMessage", "an exception without a message", UnsupportedOperationException.class);
        one("tries", "dead after three attempts", PaymentDeclinedException.class);
    }

    private void one(String name, String about, Class<? extends Throwable> told, Header... headers) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = recorder.send(topic(name), 2, "order-7", "order 7", headers);
        var letter = recorder.first(error(place.topic(), name));
        recorder.write(name.replaceAll("([A-Z])", "-$1").toLowerCase(), about, letter,
                Truth.of(STREAM).hop(STREAM, place, null).failed(App.THROWN.get(name), told));
    }

    private void again() throws Exception {
        if (!wanted("nested")) {
            return;
        }
        Place place = Place.of(recorder.first(topic("nested")));
        Place dead = Place.of(recorder.first(error(place.topic(), "nested")));
        recorder.write("two-hops", "failed again in the dead-letter topic", recorder.first(error(dead.topic(), "again")),
                Truth.of(STREAM).hop(STREAM, place, null).hop(STREAM, dead, null)
                        .failed(App.THROWN.get("again"), ArrayIndexOutOfBoundsException.class));
    }

    private static String topic(String function) {
        return Recorder.named("orders-" + function.toLowerCase());
    }

    private static String group(String function) {
        return "billing-" + function.toLowerCase();
    }

    private static String error(String topic, String function) {
        return "error." + topic + "." + group(function);
    }

    private boolean wanted(String name) {
        return wanted.isEmpty() || wanted.contains(name);
    }
}
