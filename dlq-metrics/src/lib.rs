//! What a dead-letter queue handler does, in numbers.
