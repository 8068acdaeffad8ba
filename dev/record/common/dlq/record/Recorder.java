package dlq.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Sends the messages that are to fail, takes their letters from the dead-letter topics, and writes these to files. */
public final class Recorder implements AutoCloseable {
    public static final String KAFKA = System.getenv().getOrDefault("DLQ_TEST_KAFKA_URL", "127.0.0.1:19092");
    /** Names of topics and groups end so: a run finds nothing of the ones before it. */
    public static final String RUN = Long.toString(System.currentTimeMillis() / 1000 % 1_679_616, 36);
    private static final int PARTITIONS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String framework;
    private final Path directory;
    private final Admin admin = Admin.create(Map.of("bootstrap.servers", KAFKA));
    private final KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
            Map.of("bootstrap.servers", KAFKA, "enable.idempotence", false), new ByteArraySerializer(), new ByteArraySerializer());

    /** A recorder of {@code framework}, such as {@code spring-3.3}, that writes to {@code directory}. */
    public Recorder(String framework, Path directory) {
        this.framework = framework;
        this.directory = directory;
    }

    /** The topic or group of this run that is called {@code name}. */
    public static String named(String name) {
        return name + "." + RUN;
    }

    /** Creates topics of exactly these names, whose first offsets differ by partition and are not 0. */
    public void create(String... names) throws Exception {
        List<NewTopic> wanted = Stream.of(names).map(name -> new NewTopic(name, PARTITIONS, (short) 1)).toList();
        admin.createTopics(wanted).all().get();
        Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
        for (String name : names) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int first = 20 + 10 * partition;
                for (int offset = 0; offset < first; offset++) {
                    producer.send(new ProducerRecord<>(name, partition, null, new byte[0]));
                }
                before.put(new TopicPartition(name, partition), RecordsToDelete.beforeOffset(first));
            }
        }
        producer.flush();
        admin.deleteRecords(before).all().get();
    }

    public static Header header(String name, String value) {
        return new RecordHeader(name, value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }

    public Place send(String topic, int partition, String key, String value, Header... headers) throws Exception {
        return send(topic, partition, bytes(key), bytes(value), headers);
    }

    public Place send(String topic, int partition, byte[] key, byte[] value, Header... headers) throws Exception {
        RecordMetadata sent = producer.send(new ProducerRecord<>(topic, partition, key, value, List.of(headers))).get();
        return new Place(sent.topic(), sent.partition(), sent.offset(), sent.timestamp());
    }

    /** The first letter of {@code topic}, which is waited for. */
    public ConsumerRecord<byte[], byte[]> first(String topic) {
        Map<String, Object> config = Map.of("bootstrap.servers", KAFKA, "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition())).toList());
            Instant end = Instant.now().plus(PATIENCE);
            while (Instant.now().isBefore(end)) {
                for (var letter : consumer.poll(Duration.ofMillis(500))) {
                    return letter;
                }
            }
            throw new IllegalStateException("no letter in " + topic + " after " + PATIENCE);
        }
    }

    /** Writes the letter of one case, with what is true of it. */
    public void write(String name, String about, ConsumerRecord<byte[], byte[]> letter, Truth truth) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(framework + "-" + name + ".json");
        Files.writeString(file, Json.letter(framework + ": " + about, letter, truth));
        System.out.println(file.getFileName());
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Deletes the topics of this run, those that the framework made included. */
    @Override
    public void close() throws Exception {
        producer.close();
        Stream<String> all = admin.listTopics().names().get().stream();
        admin.deleteTopics(all.filter(name -> name.contains("." + RUN)).toList()).all().get();
        admin.close();
    }
}
