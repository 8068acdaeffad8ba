//! The topic `clicks`, and the application that counts them by the hour: Kafka Streams.

use super::streams::{self, Failure};
use super::{Dice, Letter, Place, fill};

/// Where clicks are sent.
pub const TOPIC: &str = "clicks";
/// Where the counter puts those that it cannot count.
pub const DEAD_LETTER_TOPIC: &str = "clicks-dlq";
/// The counter's application id, which is its consumer group.
pub const GROUP: &str = "clicks-by-hour";

/// So many of 1000 clicks come from a page that has no number.
const NO_NUMBER: u64 = 20;
/// So many are from before the shop opened.
const TOO_OLD: u64 = 15;
/// The hour in which the shop opened, since the epoch.
const OPENED: u64 = 470_000;

/// The `n`th click under a seed, `page;hour`; some of them cannot be counted.
#[must_use]
pub fn message(seed: u64, n: u64) -> Letter {
    let mut dice = Dice::of(seed, n);
    let (fate, page) = (dice.throw(1_000), dice.throw(300));
    let hour = if fate < TOO_OLD { dice.throw(OPENED) } else { OPENED + dice.throw(2_000) };
    let page = if (TOO_OLD..TOO_OLD + NO_NUMBER).contains(&fate) {
        format!("landing-{page}")
    } else {
        page.to_string()
    };
    Letter::new(format!("visitor-{:05}", dice.throw(20_000)), format!("{page};{hour}"))
}

/// What the counter makes of a click.
///
/// # Errors
/// The dead letter that Streams writes of it.
pub fn process(letter: Letter, place: &Place) -> Result<(), Box<Letter>> {
    let text = String::from_utf8_lossy(letter.payload.as_deref().unwrap_or_default()).into_owned();
    let (page, hour) = text.split_once(';').unwrap_or((&text, ""));
    let failure = match (page.parse::<u64>(), hour.parse::<u64>()) {
        (Err(_), _) => Some(no_number(page)),
        (_, Ok(hour)) if hour < OPENED => Some(too_old(hour)),
        _ => None,
    };
    failure.map_or(Ok(()), |failure| Err(Box::new(streams::dead_letter(letter, place, &failure))))
}

fn no_number(page: &str) -> Failure {
    let message = format!("For input string: \"{page}\"");
    Failure {
        class: "java.lang.NumberFormatException",
        stack_trace: fill(include_str!("traces/click-no-number.txt"), &[("message", &message)]),
        message,
    }
}

fn too_old(hour: u64) -> Failure {
    let message = format!("hour {hour} is before the first window");
    Failure {
        class: "com.acme.clicks.LateClickException",
        stack_trace: fill(include_str!("traces/click-too-old.txt"), &[("message", &message)]),
        message,
    }
}
