//! Messages of a made-up shop, and the dead letters that its consumers write: pure functions of a number and a seed, so
//! that a run can be repeated, for the demo and for benchmarks.
//!
//! | file | what |
//! |---|---|
//! | `letter` | a message, byte for byte |
//! | `dice` | chance that can be repeated |
//! | `orders`, `shipments` | what is sent, and what the consumer of each makes of it |
//! | `spring`, `connect` | how a framework tells of a failure, in headers |
//! | `traces/` | Java's stack traces, as they look in the wild |

pub mod connect;
pub mod dice;
pub mod letter;
pub mod orders;
pub mod shipments;
pub mod spring;

pub use dice::Dice;
pub use letter::{Letter, Place};

/// Puts values in place of their `{names}`.
fn fill(template: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
    let named = |text: String, (name, value): &(&str, &dyn std::fmt::Display)| {
        text.replace(&format!("{{{name}}}"), &value.to_string())
    };
    values.iter().fold(template.to_owned(), named)
}
