//! A ring buffer in the Disruptor manner: slots that are reused, sequences that say who may touch which.
