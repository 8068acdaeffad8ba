package com.acme.orders;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;

/** One consumer per case. */
@ApplicationScoped
public class OrderConsumer {
    private final Payments payments = new Payments();

    @Incoming("thrown")
    public void thrown(String order) {
        payments.charge(order);
    }

    @Incoming("nack")
    public CompletionStage<Void> nack(Message<String> order) {
        return order.nack(failure(order.getPayload()));
    }

    @Incoming("nack-again")
    public CompletionStage<Void> nackAgain(Message<String> order) {
        return order.nack(new IllegalStateException("still refused"));
    }

    @Incoming("uni")
    public Uni<Void> uni(String order) {
        return Uni.createFrom().failure(failure(order));
    }

    @Incoming("without-message")
    public CompletionStage<Void> withoutMessage(Message<String> order) {
        return order.nack(new UnsupportedOperationException());
    }

    @Incoming("with-headers")
    public CompletionStage<Void> withHeaders(Message<String> order) {
        var headers = new RecordHeaders().add("till", "3".getBytes(StandardCharsets.UTF_8));
        var metadata = OutgoingKafkaRecordMetadata.<String>builder().withKey("customer-3").withHeaders(headers).build();
        return order.nack(failure(order.getPayload()), Metadata.of(metadata));
    }

    @Incoming("tombstone")
    public CompletionStage<Void> tombstone(Message<String> order) {
        return order.nack(failure(null));
    }

    @Incoming("delayed-retry")
    public CompletionStage<Void> delayedRetry(Message<String> order) {
        return order.nack(failure(order.getPayload()));
    }

    @Incoming("deserialization")
    public CompletionStage<Void> deserialization(Message<Integer> order) {
        return order.ack();
    }

    private RuntimeException failure(String order) {
        try {
            payments.charge(order);
            throw new AssertionError();
        } catch (PaymentDeclinedException e) {
            return e;
        }
    }
}
