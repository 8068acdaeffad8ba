package com.acme.orders;

import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.FixedBackOff;

/** How a container is told to try three times and then to give up. */
final class ErrorHandling {
    static final boolean SINCE_2_8 = true;

    private ErrorHandling() {}

    static void ofRecords(ConcurrentKafkaListenerContainerFactory<?, ?> factory, DeadLetterPublishingRecoverer recoverer) {
        factory.setCommonErrorHandler(new DefaultErrorHandler(recoverer, new FixedBackOff(0, 2)));
    }

    static void ofBatches(ConcurrentKafkaListenerContainerFactory<?, ?> factory, DeadLetterPublishingRecoverer recoverer) {
        ofRecords(factory, recoverer);
    }

    static void leaveOutTrace(DeadLetterPublishingRecoverer recoverer) {
        recoverer.excludeHeader(DeadLetterPublishingRecoverer.HeaderNames.HeadersToAdd.EX_STACKTRACE);
    }
}
