package com.acme.orders;

import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.RecoveringBatchErrorHandler;
import org.springframework.kafka.listener.SeekToCurrentErrorHandler;
import org.springframework.util.backoff.FixedBackOff;

/** How a container was told to try three times and then to give up, before 2.8. */
final class ErrorHandling {
    static final boolean SINCE_2_8 = false;

    private ErrorHandling() {}

    static void ofRecords(ConcurrentKafkaListenerContainerFactory<?, ?> factory, DeadLetterPublishingRecoverer recoverer) {
        factory.setErrorHandler(new SeekToCurrentErrorHandler(recoverer, new FixedBackOff(0, 2)));
    }

    static void ofBatches(ConcurrentKafkaListenerContainerFactory<?, ?> factory, DeadLetterPublishingRecoverer recoverer) {
        factory.setBatchErrorHandler(new RecoveringBatchErrorHandler(recoverer, new FixedBackOff(0, 2)));
    }

    /** Not to be had yet. */
    static void leaveOutTrace(DeadLetterPublishingRecoverer recoverer) {}
}
