package com.acme.orders;

import dlq.record.Place;
import dlq.record.Recorder;
import dlq.record.Truth;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.kafka.support.serializer.DeserializationException;
import org.springframework.messaging.converter.MessageConversionException;

/** Lets each listener fail once, and records the letter. */
public final class Main {
    private static final String DLT = "spring-dlt";
    private static final String RETRY = "spring-retry";
    private static final String[] CASES = {
        "nested", "deep", "without-message", "jdk", "odd-message", "suppressed", "tombstone", "null-key", "batch",
        "value-deserialization", "key-deserialization", "both-deserialization", "conversion", "two-hops",
        "place-once", "all-kept", "retry", "retry-fatal", "batch-whole", "completion", "without-trace",
        "retry-deserialization",
    };

    private final Recorder recorder;
    private final Set<String> wanted;
    private final String suffix;

    private Main(Recorder recorder, Set<String> wanted, String suffix) {
        this.recorder = recorder;
        this.wanted = wanted;
        this.suffix = suffix;
    }

    /** Arguments: framework and version, the folder of the letters, and the cases if not all. */
    public static void main(String[] arguments) throws Exception {
        String framework = arguments[0];
        String suffix = framework.matches("spring-(2\\..*|3\\.[0-2])") ? ".DLT" : "-dlt";
        System.setProperty("run", Recorder.RUN);
        System.setProperty("suffix", suffix);
        Set<String> wanted = Set.copyOf(List.of(arguments).subList(2, arguments.length));
        try (var recorder = new Recorder(framework, Path.of(arguments[1]))) {
            for (String name : CASES) {
                String topic = "orders-" + name + "." + Recorder.RUN;
                System.setProperty(name, topic);
                recorder.create(topic, topic + suffix, topic + suffix + suffix, topic + suffix + suffix + suffix);
            }
            String dead = System.getProperty("retry") + "-dlt";
            recorder.create(suffix.equals("-dlt") ? new String[0] : new String[] {dead, dead + suffix});
            try (var context = new AnnotationConfigApplicationContext(Config.class)) {
                new Main(recorder, wanted, suffix).all();
            }
        }
        System.exit(0);
    }

    private void all() throws Exception {
        one("nested", "a listener that throws, with a nested cause, three attempts counted, and the user's headers",
                PaymentDeclinedException.class, 3);
        one("deep", "three exceptions deep, the outermost with the text of its cause", RuntimeException.class, null);
        one("without-message", "a listener that throws without a message", UnsupportedOperationException.class, null);
        one("jdk", "an exception that the JDK throws in the application's name",
                ArrayIndexOutOfBoundsException.class, null);
        one("odd-message", "a message of many lines that looks like a stack trace", IllegalArgumentException.class, null);
        one("suppressed", "an exception with a suppressed one, thrown in a lambda", IllegalStateException.class, null);
        one("tombstone", "no value", PaymentDeclinedException.class, null);
        one("null-key", "no key", PaymentDeclinedException.class, null);
        one("batch", "a batch listener, the second of the batch failed", PaymentDeclinedException.class, null);
        one("conversion", "the payload is not what the listener takes", MessageConversionException.class, null);
        one("completion", "the failure of another thread", PaymentDeclinedException.class, null);
        if (ErrorHandling.SINCE_2_8) {
            one("batch-whole", "a batch listener that does not say which of the batch failed", IllegalStateException.class, null);
            withoutTrace();
            retryDeserialization();
        }
        deserialization();
        hops("two-hops", true, true);
        thirdHop();
        hops("place-once", false, true);
        hops("all-kept", true, false);
        retry();
        retryFatal();
    }

    private void one(String name, String about, Class<? extends Throwable> thrown, Integer attempts) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = send(name, headersOf(name));
        var letter = recorder.first(place.topic() + suffix);
        Truth truth = Truth.of(DLT).hop(DLT, place, group(name)).failed(caught(place), thrown);
        if (attempts != null) {
            truth.attempts(attempts);
        }
        recorder.write(name, about, letter, truth);
    }

    private Place send(String name, Header... headers) throws Exception {
        String topic = System.getProperty(name);
        String key = name.equals("null-key") ? null : "order-7";
        String value = name.equals("tombstone") ? null : "order 7";
        return recorder.send(topic, 2, key, value, headers);
    }

    private static Header[] headersOf(String name) {
        if (!name.equals("nested")) {
            return new Header[0];
        }
        return new Header[] {
            Recorder.header("trace", "4bf92f35"), Recorder.header("trace", "00f067aa"), Recorder.header("tenant", null),
            Recorder.header("note", ""), new RecordHeader("binary", new byte[] {0, -1, 10}),
        };
    }

    private void deserialization() throws Exception {
        byte[] number = {0, 0, 0, 7};
        byte[] good = "{\"id\":7}".getBytes(StandardCharsets.UTF_8);
        byte[] bad = "{id=7}".getBytes(StandardCharsets.UTF_8);
        byte[] short_ = {7, 7};
        deserialization("value-deserialization", "the value is no JSON", number, bad,
                "the key may not be as sent: it was serialized anew when the rest could not be read");
        deserialization("key-deserialization", "the key is no number; the value was serialized anew", short_, good,
                "the payload may not be as sent: it was serialized anew when the rest could not be read");
        deserialization("both-deserialization", "neither key nor value can be read", short_, bad, null);
    }

    private void deserialization(String name, String about, byte[] key, byte[] value, String warning) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = recorder.send(System.getProperty(name), 1, key, value);
        var letter = recorder.first(place.topic() + suffix);
        boolean told = letter.headers().lastHeader("kafka_dlt-original-consumer-group") != null;
        Truth truth = Truth.of(DLT).hop(DLT, place, told ? group(name) : null)
                .failed(caught(place), DeserializationException.class);
        if (name.equals("both-deserialization")) {
            // The recoverer is handed the key's exception; of the two that the letter tells, ours is the value's.
            truth.failed(DeserializationException.class.getName(), "com.fasterxml.jackson.core.JsonParseException",
                    new String(letter.headers().lastHeader("kafka_dlt-exception-message").value()), null);
        }
        recorder.write(name, about, letter, warning == null ? truth : truth.warning(warning));
    }

    /** Failed in its topic, and again in the dead-letter topic. */
    private void hops(String name, boolean append, boolean strip) throws Exception {
        if (!wanted(name)) {
            return;
        }
        Place place = send(name);
        Place dead = Place.of(recorder.first(place.topic() + suffix));
        var letter = recorder.first(dead.topic() + suffix);
        Truth truth = Truth.of(DLT).hop(DLT, place, group(name));
        if (append) {
            truth.hop(DLT, dead, group(name + "-again"));
        }
        truth.failed(caught(dead), ArrayIndexOutOfBoundsException.class);
        String about = "failed again in the dead-letter topic" + (append ? "" : ", setAppendOriginalHeaders(false)")
                + (strip ? "" : ", setStripPreviousExceptionHeaders(false)");
        recorder.write(name, about, letter, truth);
    }

    private void thirdHop() throws Exception {
        if (!wanted("two-hops")) {
            return;
        }
        String topic = System.getProperty("two-hops");
        Place place = Place.of(recorder.first(topic));
        Place dead = Place.of(recorder.first(topic + suffix));
        Place again = Place.of(recorder.first(topic + suffix + suffix));
        var letter = recorder.first(again.topic() + suffix);
        Truth truth = Truth.of(DLT).hop(DLT, place, group("two-hops")).hop(DLT, dead, group("two-hops-again"))
                .hop(DLT, again, group("three-hops-again"))
                .failed(caught(again), UnsupportedOperationException.class);
        recorder.write("three-hops", "failed three times, the last time without a message and a cause", letter, truth);
    }

    private void retry() throws Exception {
        if (!wanted("retry")) {
            return;
        }
        Place place = send("retry", Recorder.header("trace", "4bf92f35"));
        var letter = recorder.first(place.topic() + "-dlt");
        Truth truth = Truth.of(RETRY).hop(RETRY, place, group("retry")).attempts(3).failed(
                PaymentDeclinedException.class.getName(), SocketTimeoutException.class.getName(),
                "card 4111-1111 of order 7 refused", "com.acme.orders.Payments.connect");
        recorder.write("retry", "@RetryableTopic, three attempts", letter, truth);

        Place dead = Place.of(letter);
        var again = recorder.first(dead.topic() + suffix);
        Truth twice = Truth.of(DLT, RETRY).hop(RETRY, place, group("retry")).hop(DLT, dead, group("retry-again"))
                .failed(caught(dead), ArrayIndexOutOfBoundsException.class).attempts(3);
        recorder.write("retry-again", "@RetryableTopic, and failed again in its dead-letter topic", again, twice);
    }

    private void retryFatal() throws Exception {
        if (!wanted("retry-fatal")) {
            return;
        }
        Place place = send("retry-fatal");
        var letter = recorder.first(place.topic() + "-dlt");
        String fatal = UnsupportedOperationException.class.getName();
        Truth truth = Truth.of(RETRY).hop(RETRY, place, group("retry-fatal")).attempts(1).failed(
                fatal, fatal, "orders of order 7 are not for us", "com.acme.orders.OrderListener.retryFatal");
        recorder.write("retry-fatal", "@RetryableTopic, an exception for which no retry is made", letter, truth);
    }

    private void withoutTrace() throws Exception {
        if (!wanted("without-trace")) {
            return;
        }
        Place place = send("without-trace");
        var letter = recorder.first(place.topic() + suffix);
        recorder.write("without-trace", "the stack trace is left out", letter, Truth.of(DLT)
                .hop(DLT, place, group("without-trace"))
                .failed(PaymentDeclinedException.class.getName(), null, caught(place).getCause().getMessage(), null));
    }

    private void retryDeserialization() throws Exception {
        if (!wanted("retry-deserialization")) {
            return;
        }
        byte[] bad = "{id=7}".getBytes(StandardCharsets.UTF_8);
        Place place = recorder.send(System.getProperty("retry-deserialization"), 1, new byte[] {0, 0, 0, 7}, bad);
        var letter = recorder.first(place.topic() + "-dlt");
        boolean told = letter.headers().lastHeader("kafka_dlt-original-consumer-group") != null;
        recorder.write("retry-deserialization", "@RetryableTopic, the value is no JSON", letter, Truth.of(RETRY)
                .hop(RETRY, place, told ? group("retry-deserialization") : null).attempts(1)
                .warning("the key may not be as sent: it was serialized anew when the rest could not be read")
                .failed(DeserializationException.class.getName(), "com.fasterxml.jackson.core.JsonParseException",
                        new String(letter.headers().lastHeader("kafka_exception-message").value()), null));
    }

    private boolean wanted(String name) {
        return wanted.isEmpty() || wanted.contains(name);
    }

    /** The group as the letter tells it: not at all before 2.8. */
    private static String group(String name) {
        return ErrorHandling.SINCE_2_8 ? name + "." + Recorder.RUN : null;
    }

    private static Exception caught(Place place) {
        return Config.CAUGHT.get(place.topic());
    }
}
