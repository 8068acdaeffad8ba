//! Prints `docs/metrics.md`.

fn main() {
    print!("{}", dlq_metrics::reference::page());
}
