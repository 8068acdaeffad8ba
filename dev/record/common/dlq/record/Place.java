package dlq.record;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Where a message stands. */
public record Place(String topic, int partition, long offset, Long timestamp) {
    public static Place of(ConsumerRecord<?, ?> message) {
        return new Place(message.topic(), message.partition(), message.offset(), message.timestamp());
    }

    /** The same place, on a letter that does not tell the timestamp. */
    public Place withoutTimestamp() {
        return new Place(topic, partition, offset, null);
    }
}
