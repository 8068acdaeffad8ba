package com.acme.orders;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.annotation.RetryableTopic;
import org.springframework.kafka.listener.BatchListenerFailedException;

/** One listener per case. */
class OrderListener {
    private final Payments payments = new Payments();

    @KafkaListener(id = "nested.${run}", topics = "${nested}", containerFactory = "counting")
    void nested(String order) {
        payments.charge(order);
    }

    @KafkaListener(id = "deep.${run}", topics = "${deep}", containerFactory = "records")
    void deep(String order) {
        payments.book(order);
    }

    @KafkaListener(id = "without-message.${run}", topics = "${without-message}", containerFactory = "records")
    void withoutMessage(String order) {
        throw new UnsupportedOperationException();
    }

    @KafkaListener(id = "jdk.${run}", topics = "${jdk}", containerFactory = "records")
    void jdk(String order) {
        payments.amount(order);
    }

    @KafkaListener(id = "odd-message.${run}", topics = "${odd-message}", containerFactory = "records")
    void oddMessage(String order) {
        payments.audit(order);
    }

    @KafkaListener(id = "suppressed.${run}", topics = "${suppressed}", containerFactory = "records")
    void suppressed(ConsumerRecord<String, String> order) {
        payments.ship(List.of(order.value()));
    }

    @KafkaListener(id = "tombstone.${run}", topics = "${tombstone}", containerFactory = "records")
    void tombstone(ConsumerRecord<String, String> order) {
        payments.charge(order.key());
    }

    @KafkaListener(id = "null-key.${run}", topics = "${null-key}", containerFactory = "records")
    void nullKey(String order) {
        payments.charge(order);
    }

    @KafkaListener(id = "batch.${run}", topics = "${batch}", containerFactory = "batches")
    void batch(List<String> orders) {
        for (int i = 0; i < orders.size(); i++) {
            try {
                payments.charge(orders.get(i));
            } catch (PaymentDeclinedException e) {
                throw new BatchListenerFailedException("an order of the batch failed", e, i);
            }
        }
    }

    @KafkaListener(id = "batch-whole.${run}", topics = "${batch-whole}", containerFactory = "batches")
    void batchWhole(List<String> orders) {
        payments.ship(orders);
    }

    @KafkaListener(id = "completion.${run}", topics = "${completion}", containerFactory = "records")
    void completion(String order) {
        CompletableFuture.runAsync(() -> payments.charge(order)).join();
    }

    @KafkaListener(id = "without-trace.${run}", topics = "${without-trace}", containerFactory = "withoutTrace")
    void withoutTrace(String order) {
        payments.charge(order);
    }

    @RetryableTopic(attempts = "3", kafkaTemplate = "kafkaTemplate")
    @KafkaListener(id = "retry-deserialization.${run}", topics = "${retry-deserialization}", containerFactory = "plainOrders")
    void retryDeserialization(Order order) {}

    @KafkaListener(id = "value-deserialization.${run}", topics = "${value-deserialization}", containerFactory = "orders")
    void valueDeserialization(Order order) {}

    @KafkaListener(id = "key-deserialization.${run}", topics = "${key-deserialization}", containerFactory = "orders")
    void keyDeserialization(Order order) {}

    @KafkaListener(id = "both-deserialization.${run}", topics = "${both-deserialization}", containerFactory = "orders")
    void bothDeserialization(Order order) {}

    @KafkaListener(id = "conversion.${run}", topics = "${conversion}", containerFactory = "records")
    void conversion(Integer order) {}

    @KafkaListener(id = "two-hops.${run}", topics = "${two-hops}", containerFactory = "records")
    void first(String order) {
        payments.charge(order);
    }

    @KafkaListener(id = "two-hops-again.${run}", topics = "${two-hops}${suffix}", containerFactory = "records")
    void again(String order) {
        payments.amount(order);
    }

    @KafkaListener(id = "three-hops-again.${run}", topics = "${two-hops}${suffix}${suffix}", containerFactory = "records")
    void onceMore(String order) {
        throw new UnsupportedOperationException();
    }

    @KafkaListener(id = "place-once.${run}", topics = "${place-once}", containerFactory = "placeOnce")
    void placeOnce(String order) {
        payments.charge(order);
    }

    @KafkaListener(id = "place-once-again.${run}", topics = "${place-once}${suffix}", containerFactory = "placeOnce")
    void placeOnceAgain(String order) {
        payments.amount(order);
    }

    @KafkaListener(id = "all-kept.${run}", topics = "${all-kept}", containerFactory = "allKept")
    void allKept(String order) {
        payments.charge(order);
    }

    @KafkaListener(id = "all-kept-again.${run}", topics = "${all-kept}${suffix}", containerFactory = "allKept")
    void allKeptAgain(String order) {
        payments.amount(order);
    }

    @RetryableTopic(attempts = "3", kafkaTemplate = "kafkaTemplate")
    @KafkaListener(id = "retry.${run}", topics = "${retry}", containerFactory = "plain")
    void retry(String order) {
        payments.charge(order);
    }

    @RetryableTopic(attempts = "3", kafkaTemplate = "kafkaTemplate", exclude = UnsupportedOperationException.class)
    @KafkaListener(id = "retry-fatal.${run}", topics = "${retry-fatal}", containerFactory = "plain")
    void retryFatal(String order) {
        throw new UnsupportedOperationException("orders of " + order + " are not for us");
    }

    @KafkaListener(id = "retry-again.${run}", topics = "${retry}-dlt", containerFactory = "records")
    void retryAgain(String order) {
        payments.amount(order);
    }
}
