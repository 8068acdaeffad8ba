//! The ring, at its place in a `dlq-core` that has nothing else.

#[path = "../../../src/engine"]
pub mod engine {
    pub mod ring;
}
