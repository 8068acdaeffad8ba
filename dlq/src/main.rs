//! dlq
fn main() {}
