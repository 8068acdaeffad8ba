//! Before and after: those who look on while batches and records pass.
