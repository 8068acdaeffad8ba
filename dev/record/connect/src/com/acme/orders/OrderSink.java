package com.acme.orders;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** A sink that takes nothing and reports every record. */
public final class OrderSink extends SinkConnector {
    /** What was reported of the topic. */
    static final Map<String, Throwable> REPORTED = new ConcurrentHashMap<>();

    private Map<String, String> config;

    @Override
    public void start(Map<String, String> config) {
        this.config = config;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return Writer.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int most) {
        return List.of(config);
    }

    @Override
    public void stop() {}

    @Override
    public ConfigDef config() {
        return new ConfigDef().define("fail", ConfigDef.Type.STRING, "nested", ConfigDef.Importance.LOW, "how");
    }

    @Override
    public String version() {
        return "1";
    }

    public static final class Writer extends SinkTask {
        private final Payments payments = new Payments();
        private String fail;

        @Override
        public void start(Map<String, String> config) {
            fail = config.getOrDefault("fail", "nested");
        }

        @Override
        public void put(Collection<SinkRecord> records) {
            records.forEach(record -> {
                try {
                    write(record);
                } catch (RuntimeException e) {
                    REPORTED.put(record.topic(), e);
                    context.errantRecordReporter().report(record, e);
                }
            });
        }

        private void write(SinkRecord record) {
            switch (fail) {
                case "nested" -> payments.charge("order " + record.key());
                case "without-message" -> throw new UnsupportedOperationException();
                case "jdk" -> payments.amount("order");
                case "odd-message" -> payments.audit("order");
                case "wrapped" -> wrapped();
                default -> throw new AssertionError(fail);
            }
        }

        private void wrapped() {
            try {
                payments.charge("order 7");
            } catch (PaymentDeclinedException e) {
                throw new ConnectException("Exceeded the number of retries", e);
            }
        }

        @Override
        public void stop() {}

        @Override
        public String version() {
            return "1";
        }
    }
}
