package com.acme.orders;

import dlq.record.Recorder;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.support.serializer.DelegatingByTypeSerializer;
import org.springframework.kafka.support.serializer.ErrorHandlingDeserializer;
import org.springframework.kafka.support.serializer.JsonDeserializer;
import org.springframework.kafka.support.serializer.JsonSerializer;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** The containers that the cases differ by. */
@Configuration
@EnableKafka
class Config {
    /** What was caught before the letter to this topic was written. */
    static final Map<String, Exception> CAUGHT = new ConcurrentHashMap<>();

    @Bean
    OrderListener listener() {
        return new OrderListener();
    }

    @Bean
    KafkaAdmin admin() {
        return new KafkaAdmin(Map.of("bootstrap.servers", Recorder.KAFKA));
    }

    @Bean
    TaskScheduler scheduler() {
        return new ThreadPoolTaskScheduler();
    }

    @Bean
    @SuppressWarnings({"rawtypes", "unchecked"})
    KafkaTemplate<Object, Object> kafkaTemplate() {
        Map serializers = Map.of(byte[].class, new ByteArraySerializer(), String.class, new StringSerializer(),
                Integer.class, new IntegerSerializer(), Order.class, new JsonSerializer<>());
        Serializer<Object> any = new DelegatingByTypeSerializer(serializers);
        return new KafkaTemplate<>(new DefaultKafkaProducerFactory<>(Map.of("bootstrap.servers", Recorder.KAFKA), any, any));
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> plain() {
        return factory(Map.of());
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> records() {
        var factory = factory(Map.of());
        ErrorHandling.ofRecords(factory, recoverer());
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> counting() {
        var factory = factory(Map.of());
        ErrorHandling.ofRecords(factory, recoverer());
        factory.getContainerProperties().setDeliveryAttemptHeader(true);
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> batches() {
        var factory = factory(Map.of());
        factory.setBatchListener(true);
        ErrorHandling.ofBatches(factory, recoverer());
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> orders() {
        var factory = ordersFactory();
        ErrorHandling.ofRecords(factory, recoverer());
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> plainOrders() {
        return ordersFactory();
    }

    private ConcurrentKafkaListenerContainerFactory<Object, Object> ordersFactory() {
        return factory(Map.of(
                "key.deserializer", ErrorHandlingDeserializer.class,
                "value.deserializer", ErrorHandlingDeserializer.class,
                ErrorHandlingDeserializer.KEY_DESERIALIZER_CLASS, IntegerDeserializer.class,
                ErrorHandlingDeserializer.VALUE_DESERIALIZER_CLASS, JsonDeserializer.class,
                JsonDeserializer.VALUE_DEFAULT_TYPE, Order.class.getName()));
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> withoutTrace() {
        var recoverer = recoverer();
        ErrorHandling.leaveOutTrace(recoverer);
        var factory = factory(Map.of());
        ErrorHandling.ofRecords(factory, recoverer);
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> placeOnce() {
        var recoverer = recoverer();
        recoverer.setAppendOriginalHeaders(false);
        var factory = factory(Map.of());
        ErrorHandling.ofRecords(factory, recoverer);
        return factory;
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<Object, Object> allKept() {
        var recoverer = recoverer();
        recoverer.setStripPreviousExceptionHeaders(false);
        var factory = factory(Map.of());
        ErrorHandling.ofRecords(factory, recoverer);
        return factory;
    }

    private DeadLetterPublishingRecoverer recoverer() {
        return new DeadLetterPublishingRecoverer(kafkaTemplate()) {
            @Override
            public void accept(ConsumerRecord<?, ?> message, Consumer<?, ?> consumer, Exception exception) {
                CAUGHT.put(message.topic(), exception);
                super.accept(message, consumer, exception);
            }
        };
    }

    private ConcurrentKafkaListenerContainerFactory<Object, Object> factory(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of(
                "bootstrap.servers", Recorder.KAFKA,
                "auto.offset.reset", "earliest",
                "metadata.max.age.ms", 1000,
                "key.deserializer", StringDeserializer.class,
                "value.deserializer", StringDeserializer.class));
        config.putAll(more);
        var factory = new ConcurrentKafkaListenerContainerFactory<Object, Object>();
        factory.setConsumerFactory(new DefaultKafkaConsumerFactory<>(config));
        return factory;
    }
}
