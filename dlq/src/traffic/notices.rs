//! The topic `notices`, and the service that sends them by mail: Quarkus.

use super::smallrye::{self, Failure};
use super::{Dice, Letter, Place};

/// Where notices are sent.
pub const TOPIC: &str = "notices";
/// Where the mail service puts those that it cannot send: SmallRye names it by the channel.
pub const DEAD_LETTER_TOPIC: &str = "dead-letter-topic-notices";
/// The mail service's consumer group.
pub const GROUP: &str = "mail-service";

/// So many of 1000 notices go to an address that is none.
const NO_ADDRESS: u64 = 30;

/// The `n`th notice under a seed: an address; some of them are none.
#[must_use]
pub fn message(seed: u64, n: u64) -> Letter {
    let mut dice = Dice::of(seed, n);
    let (fate, customer) = (dice.throw(1_000), dice.throw(5_000));
    let at = if fate < NO_ADDRESS { " at " } else { "@" };
    Letter::new(format!("customer-{customer:04}"), format!("customer-{customer:04}{at}example.com"))
        .header("template", "order-confirmed")
}

/// What the mail service makes of a notice.
///
/// # Errors
/// The dead letter that SmallRye writes of it.
pub fn process(letter: Letter, place: &Place) -> Result<(), Box<Letter>> {
    let address = String::from_utf8_lossy(letter.payload.as_deref().unwrap_or_default()).into_owned();
    if address.contains('@') {
        return Ok(());
    }
    let failure = Failure {
        class: "com.acme.mail.NotSentException",
        reason: format!("no mail for {address}"),
        cause: Some((
            "jakarta.mail.internet.AddressException",
            format!("Missing '@' in string ``{address}''"),
        )),
    };
    Err(Box::new(smallrye::dead_letter(letter, place, &failure)))
}
